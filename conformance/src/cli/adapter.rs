//! `pass-conformance adapter`

use pass_mock::config::nearest;

use super::args::AdapterArgs;
use super::failure::Failure;
use crate::defects::{self, Defect, Defects};
use crate::driver::over_stdio;
use crate::{exit_code, reference};

pub(super) fn run(arguments: &AdapterArgs) -> Result<u8, Failure> {
    let defects: Defects = arguments.defect.iter().map(|id| find(id)).collect::<Result<_, _>>()?;
    over_stdio(|host| reference::run(host, defects)).map_err(Failure::usage)?;
    Ok(exit_code::CONFORMS)
}

fn find(id: &str) -> Result<Defect, Failure> {
    Defect::find(id).ok_or_else(|| {
        let meant = nearest(id, defects::all().map(|defect| defect.about().id));
        let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        Failure::usage(format!("there is no defect `{id}`{meant}"))
    })
}
