//! The law of each country, as rules.

use std::ops::RangeInclusive;

/// When a feast is.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    /// A month and a day of it.
    Day(u32, u32),
    /// So many days after Easter Sunday.
    Easter(u64),
    /// The Friday before Easter.
    GoodFriday,
    /// So many days before the second Friday of January.
    SecondFridayOfJanuary {
        /// Days before it.
        before: u64,
    },
    /// A month of the Islamic calendar, from 1, and a day of it.
    Moon(i32, u64),
}

/// A feast that a law makes a day off.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub on: On,
    pub fr: &'static str,
    pub en: &'static str,
    /// The years it is in force.
    pub years: RangeInclusive<i32>,
    /// The years in which the Monday after is off too when it falls on a Sunday.
    pub carried: RangeInclusive<i32>,
}

const EVER: i32 = i32::MAX;
#[allow(clippy::reversed_empty_ranges)] // no year at all
const NEVER: RangeInclusive<i32> = 1..=0;

const fn on(on: On, fr: &'static str, en: &'static str) -> Rule {
    Rule { on, fr, en, years: 0..=EVER, carried: NEVER }
}

impl Rule {
    const fn since(self, year: i32) -> Self {
        Self { years: year..=*self.years.end(), ..self }
    }

    const fn until(self, year: i32) -> Self {
        Self { years: *self.years.start()..=year, ..self }
    }

    /// A Sunday is made up for by the Monday.
    const fn carried(self) -> Self {
        Self { carried: 0..=EVER, ..self }
    }

    const fn carried_until(self, year: i32) -> Self {
        Self { carried: 0..=year, ..self }
    }
}

use On::{Day, Easter, GoodFriday, Moon, SecondFridayOfJanuary};

const NEW_YEAR: Rule = on(Day(1, 1), "Jour de l'an", "New Year's Day");
const EASTER_MONDAY: Rule = on(Easter(1), "Lundi de Pâques", "Easter Monday");
const LABOUR: Rule = on(Day(5, 1), "Fête du travail", "Labour Day");
const ASCENSION: Rule = on(Easter(39), "Ascension", "Ascension Day");
const WHIT_MONDAY: Rule = on(Easter(50), "Lundi de Pentecôte", "Whit Monday");
const ASSUMPTION: Rule = on(Day(8, 15), "Assomption", "Assumption Day");
const ALL_SAINTS: Rule = on(Day(11, 1), "Toussaint", "All Saints' Day");
const CHRISTMAS: Rule = on(Day(12, 25), "Noël", "Christmas Day");
const ARMISTICE: Rule = on(Day(11, 11), "Armistice de 1918", "Armistice Day");
const AFRICA: Rule = on(Day(5, 25), "Journée de l'Afrique", "Africa Day");
const HIJRI_NEW_YEAR: Rule = on(Moon(1, 1), "Nouvel an de l'hégire", "Islamic New Year");
const ASHURA: Rule = on(Moon(1, 10), "Achoura", "Ashura");
const FITR: Rule = on(Moon(10, 1), "Aïd al-Fitr", "Eid al-Fitr");
const FITR_2: Rule = on(Moon(10, 2), "Aïd al-Fitr", "Eid al-Fitr");
const FITR_3: Rule = on(Moon(10, 3), "Aïd al-Fitr", "Eid al-Fitr");
const ADHA: Rule = on(Moon(12, 10), "Aïd al-Adha", "Eid al-Adha");
const ADHA_2: Rule = on(Moon(12, 11), "Aïd al-Adha", "Eid al-Adha");
const ADHA_3: Rule = on(Moon(12, 12), "Aïd al-Adha", "Eid al-Adha");
const TABASKI: Rule = on(Moon(12, 10), "Tabaski", "Eid al-Adha");
const MAWLID: Rule = on(Moon(3, 12), "Maouloud", "Prophet's Birthday");

/// The countries and their rules.
pub(super) const ALL: &[(&str, &[Rule])] = &[
    ("FR", FRANCE),
    ("SN", SENEGAL),
    ("CI", COTE_D_IVOIRE),
    ("MA", MOROCCO),
    ("ML", MALI),
    ("BF", BURKINA_FASO),
    ("BJ", BENIN),
    ("TG", TOGO),
    ("NE", NIGER),
    ("CM", CAMEROON),
    ("GA", GABON),
    ("GN", GUINEA),
    ("TN", TUNISIA),
    ("DZ", ALGERIA),
    ("BE", BELGIUM),
];

/// Code du travail, article L3133-1. A day is not off by that alone but for 1 May (L3133-4); firms
/// of the trade close on all of them.
const FRANCE: &[Rule] = &[
    NEW_YEAR,
    EASTER_MONDAY,
    LABOUR,
    on(Day(5, 8), "Victoire de 1945", "Victory Day"),
    ASCENSION,
    WHIT_MONDAY,
    on(Day(7, 14), "Fête nationale", "National Day"),
    ASSUMPTION,
    ALL_SAINTS,
    ARMISTICE,
    CHRISTMAS,
];

/// Loi 74-52 du 4 novembre 1974, with loi 83-54 du 18 février 1983 (Tamxarit) and loi 2013-06 du
/// 11 décembre 2013 (Magal).
const SENEGAL: &[Rule] = &[
    NEW_YEAR,
    on(Day(4, 4), "Fête de l'indépendance", "Independence Day"),
    EASTER_MONDAY,
    LABOUR,
    ASCENSION,
    WHIT_MONDAY,
    ASSUMPTION,
    ALL_SAINTS,
    CHRISTMAS,
    on(Moon(1, 10), "Tamxarit", "Ashura"),
    on(Moon(2, 18), "Grand Magal de Touba", "Grand Magal of Touba"),
    MAWLID,
    on(Moon(10, 1), "Korité", "Eid al-Fitr").carried(),
    TABASKI.carried(),
];

/// Décret 96-205 du 7 mars 1996, with décret 2011-371 du 4 novembre 2011 (Mondays after Ramadan,
/// Tabaski and Christmas). The day after a night is the day of the date itself, since an Islamic
/// day begins at nightfall: 27 Ramadan, 12 Rabi al-awwal.
const COTE_D_IVOIRE: &[Rule] = &[
    NEW_YEAR,
    EASTER_MONDAY,
    LABOUR.carried(),
    ASCENSION,
    WHIT_MONDAY,
    on(Day(8, 7), "Fête nationale", "National Day").carried(),
    ASSUMPTION,
    ALL_SAINTS,
    on(Day(11, 15), "Journée nationale de la paix", "National Peace Day"),
    CHRISTMAS.carried(),
    on(Moon(3, 12), "Lendemain du Maouloud", "Day after the Prophet's Birthday"),
    on(Moon(9, 27), "Lendemain de la Nuit du destin", "Day after the Night of Power"),
    on(Moon(10, 1), "Fête de fin du Ramadan", "Eid al-Fitr").carried(),
    TABASKI.carried(),
];

/// Décret 2-04-426 du 29 décembre 2004 (firms), with the Amazigh new year (first in 2024) and
/// Unity Day (royal office, 4 November 2025).
const MOROCCO: &[Rule] = &[
    NEW_YEAR,
    on(Day(1, 11), "Manifeste de l'indépendance", "Proclamation of Independence Day"),
    on(Day(1, 14), "Nouvel an amazigh", "Amazigh New Year").since(2024),
    LABOUR,
    on(Day(7, 30), "Fête du Trône", "Throne Day"),
    on(Day(8, 14), "Récupération de Oued Ed-Dahab", "Oued Ed-Dahab Day"),
    on(Day(8, 20), "Révolution du Roi et du peuple", "Revolution Day"),
    on(Day(8, 21), "Fête de la jeunesse", "Youth Day"),
    on(Day(10, 31), "Fête de l'unité", "Unity Day").since(2026),
    on(Day(11, 6), "Marche verte", "Green March"),
    on(Day(11, 18), "Fête de l'indépendance", "Independence Day"),
    HIJRI_NEW_YEAR,
    MAWLID,
    on(Moon(3, 13), "Maouloud", "Prophet's Birthday"),
    FITR,
    FITR_2,
    ADHA,
    ADHA_2,
];

/// Loi 05-040 du 22 juillet 2005.
const MALI: &[Rule] = &[
    NEW_YEAR,
    on(Day(1, 20), "Journée de l'armée", "Armed Forces Day"),
    on(Day(3, 26), "Journée du 26 mars", "Martyrs' Day"),
    EASTER_MONDAY,
    LABOUR,
    AFRICA,
    on(Day(9, 22), "Fête nationale", "National Day"),
    CHRISTMAS,
    MAWLID,
    on(Moon(3, 19), "Baptême du Prophète", "Prophet's Baptism"),
    on(Moon(10, 1), "Fête du Ramadan", "Eid al-Fitr"),
    TABASKI,
];

/// Loi 079-2015/CNT du 23 novembre 2015, whose days and Mondays the law of 9 January 2026 brought
/// down to eleven days; 15 May by decree of 2024.
const BURKINA_FASO: &[Rule] = &[
    NEW_YEAR.carried_until(2025),
    on(Day(1, 3), "Soulèvement populaire", "Popular Uprising Day").until(2025).carried_until(2025),
    on(Day(3, 8), "Journée des droits de la femme", "Women's Day").carried_until(2025),
    EASTER_MONDAY.until(2025),
    LABOUR.carried_until(2025),
    on(Day(5, 15), "Journée des coutumes et traditions", "Customs and Traditions Day").since(2024),
    ASCENSION,
    on(Day(8, 5), "Indépendance", "Independence Day").until(2025).carried_until(2025),
    ASSUMPTION.carried_until(2025),
    on(Day(10, 31), "Journée des martyrs", "Martyrs' Day").until(2025).carried_until(2025),
    ALL_SAINTS.until(2025).carried_until(2025),
    on(Day(12, 11), "Fête nationale", "National Day").carried_until(2025),
    CHRISTMAS.carried_until(2025),
    MAWLID,
    on(Moon(10, 1), "Ramadan", "Eid al-Fitr"),
    TABASKI,
];

/// Loi 90-019 du 27 juillet 1990; loi 97-031 du 20 août 1997 (10 January), which loi 2024-32
/// replaced by two days from 2025.
const BENIN: &[Rule] = &[
    NEW_YEAR,
    on(Day(1, 10), "Fête des religions traditionnelles", "Vodoun Festival").until(2024),
    on(SecondFridayOfJanuary { before: 1 }, "Vodun Days", "Vodoun Festival").since(2025),
    on(SecondFridayOfJanuary { before: 0 }, "Vodun Days", "Vodoun Festival").since(2025),
    EASTER_MONDAY,
    LABOUR,
    ASCENSION,
    WHIT_MONDAY,
    on(Day(8, 1), "Fête nationale", "National Day"),
    ASSUMPTION,
    ALL_SAINTS,
    CHRISTMAS,
    MAWLID,
    on(Moon(10, 1), "Fête du Ramadan", "Eid al-Fitr"),
    TABASKI,
];

/// As the ministry of labour lists them year by year under the Code du travail (loi 2021-012).
const TOGO: &[Rule] = &[
    NEW_YEAR,
    EASTER_MONDAY,
    on(Day(4, 27), "Fête de l'indépendance", "Independence Day"),
    LABOUR,
    ASCENSION,
    WHIT_MONDAY,
    on(Day(6, 21), "Fête des martyrs", "Martyrs' Day"),
    ASSUMPTION,
    ALL_SAINTS,
    CHRISTMAS,
    FITR,
    TABASKI,
];

/// Loi 97-020 du 20 juin 1997, with 26 July from 2024.
const NIGER: &[Rule] = &[
    NEW_YEAR.carried(),
    EASTER_MONDAY,
    on(Day(4, 24), "Fête nationale de la concorde", "National Concord Day").carried(),
    LABOUR.carried(),
    on(Day(7, 26), "Anniversaire du 26 juillet", "Anniversary of 26 July").since(2024).carried(),
    on(Day(8, 3), "Proclamation de l'indépendance", "Independence Day").carried(),
    on(Day(12, 18), "Fête nationale", "National Day").carried(),
    CHRISTMAS.carried(),
    on(Moon(1, 1), "Jour de l'an musulman", "Islamic New Year").carried(),
    on(Moon(3, 12), "Mouloud", "Prophet's Birthday").carried(),
    on(Moon(9, 27), "Laylat al-Qadr", "Night of Power").carried(),
    on(Moon(10, 1), "Fête du Ramadan", "Eid al-Fitr").carried(),
    TABASKI,
    on(Moon(12, 11), "Lendemain de la Tabaski", "Day after Eid al-Adha").carried(),
];

/// Loi 73/5 du 7 décembre 1973, articles 2 and 3: civil feasts are carried, religious ones only
/// where the President so decides, which a table cannot foresee. Nor does it foresee a civil feast
/// on the day of another feast, carried as well.
const CAMEROON: &[Rule] = &[
    NEW_YEAR.carried(),
    on(Day(2, 11), "Fête de la jeunesse", "Youth Day").carried(),
    on(GoodFriday, "Vendredi saint", "Good Friday"),
    LABOUR.carried(),
    ASCENSION,
    on(Day(5, 20), "Fête nationale", "National Day").carried(),
    ASSUMPTION,
    CHRISTMAS,
    on(Moon(10, 1), "Fête de fin de Ramadan", "Eid al-Fitr"),
    on(Moon(12, 10), "Fête du mouton", "Eid al-Adha"),
];

/// Décret 600/PR-MTPS du 10 juillet 1976 with its changes (décret 715/PR/MTEFPRH du 2 avril 1992
/// among them), 30 August from 2024.
const GABON: &[Rule] = &[
    NEW_YEAR,
    EASTER_MONDAY,
    on(Day(4, 17), "Journée des droits de la femme", "Women's Rights Day"),
    LABOUR,
    ASCENSION,
    WHIT_MONDAY,
    ASSUMPTION,
    on(Day(8, 16), "Fête de l'indépendance", "Independence Day"),
    on(Day(8, 17), "Fête de l'indépendance", "Independence Day"),
    on(Day(8, 30), "Journée de la libération", "Liberation Day").since(2024),
    ALL_SAINTS,
    CHRISTMAS,
    on(Moon(10, 1), "Fin du Ramadan", "Eid al-Fitr"),
    on(Moon(12, 10), "Fête du sacrifice", "Eid al-Adha"),
];

/// Décret D/2022/0526/PRG du 2 novembre 2022: the day after Tabaski, and the working day after
/// where the new year, Independence Day or Ramadan fall on a day of rest.
const GUINEA: &[Rule] = &[
    NEW_YEAR.carried(),
    EASTER_MONDAY,
    LABOUR,
    AFRICA,
    ASSUMPTION,
    on(Day(10, 2), "Fête de l'indépendance", "Independence Day").carried(),
    CHRISTMAS,
    on(Moon(3, 12), "Lendemain du Maouloud", "Day after the Prophet's Birthday"),
    on(Moon(9, 27), "Lendemain de la nuit Lailatoul Qadr", "Day after the Night of Power"),
    on(Moon(10, 1), "Aïd al-Fitr", "Eid al-Fitr").carried(),
    TABASKI,
    on(Moon(12, 11), "Lendemain de la Tabaski", "Day after Eid al-Adha"),
];

/// Décret présidentiel 2021-223 du 7 décembre 2021. It speaks for public bodies; in firms some of
/// the days are off without pay.
const TUNISIA: &[Rule] = &[
    NEW_YEAR,
    on(Day(3, 20), "Fête de l'indépendance", "Independence Day"),
    on(Day(4, 9), "Journée des martyrs", "Martyrs' Day"),
    LABOUR,
    on(Day(7, 25), "Fête de la République", "Republic Day"),
    on(Day(8, 13), "Fête de la femme", "Women's Day"),
    on(Day(10, 15), "Fête de l'évacuation", "Evacuation Day"),
    on(Day(12, 17), "Fête de la révolution", "Revolution Day"),
    HIJRI_NEW_YEAR,
    on(Moon(3, 12), "Mouled", "Prophet's Birthday"),
    FITR,
    FITR_2,
    FITR_3,
    ADHA,
    ADHA_2,
];

/// Loi 63-278 du 26 juillet 1963, with lois 05-06 (2005), 18-12 (2018) and 23-10 du 26 juin 2023
/// (third days of both feasts).
const ALGERIA: &[Rule] = &[
    NEW_YEAR,
    on(Day(1, 12), "Yennayer, nouvel an amazigh", "Amazigh New Year"),
    LABOUR,
    on(Day(7, 5), "Fête de l'indépendance", "Independence Day"),
    on(Day(11, 1), "Fête de la révolution", "Revolution Day"),
    HIJRI_NEW_YEAR,
    ASHURA,
    on(Moon(3, 12), "Mawlid", "Prophet's Birthday"),
    FITR,
    FITR_2,
    FITR_3,
    ADHA,
    ADHA_2,
    ADHA_3,
];

/// Loi du 4 janvier 1974, arrêté royal du 18 avril 1974, article 1. A day of rest is made up for
/// on a day each firm sets, which belongs in its calendar.
const BELGIUM: &[Rule] = &[
    NEW_YEAR,
    EASTER_MONDAY,
    LABOUR,
    ASCENSION,
    WHIT_MONDAY,
    on(Day(7, 21), "Fête nationale", "National Day"),
    ASSUMPTION,
    ALL_SAINTS,
    ARMISTICE,
    CHRISTMAS,
];
