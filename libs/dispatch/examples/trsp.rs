use std::time::Duration;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let secs: f64 = args[2].parse().unwrap();
    let seed: u64 = args[3].parse().unwrap();
    let threads: usize = args.get(4).map_or(2, |t| t.parse().unwrap());
    let inst = dispatch::trsp::Instance::read(&std::fs::read_to_string(&args[1]).unwrap()).unwrap();
    let problem = inst.problem().unwrap();
    let limit = if secs > 1000.0 {
        dispatch::Limit::Iterations(secs as u64)
    } else {
        dispatch::Limit::Time(Duration::from_secs_f64(secs))
    };
    let out = dispatch::solve(
        &problem,
        &dispatch::Options { seed, limit, threads, ..Default::default() },
    )
    .unwrap();
    let bad = dispatch::check(&problem, &out.plan);
    println!(
        "{} {:.3} unserved {} iterations {} breaches {:?}",
        inst.name,
        out.costs.work,
        out.plan.unserved.len(),
        out.iterations,
        bad.first()
    );
    if let Some(path) = args.get(5) {
        std::fs::write(path, inst.write(&out.plan)).unwrap();
    }
}
