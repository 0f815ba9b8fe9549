//! The binary's parts: which services run here, how they are set, and the operator's commands.

pub mod bench;
pub mod cli;
pub mod demo;
pub mod node;
pub mod openapi;
pub mod operator;
pub mod schedule;
pub mod serve;
pub mod services;
pub mod settings;
pub mod up;
