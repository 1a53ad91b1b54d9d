//! The one integration binary: the program and the library as others use them.

mod cli;
mod defects;
mod reference;
mod runner;
