//! `pass-conformance adapter`

use pass_mock::config::nearest;

use super::args::AdapterArgs;
use super::failure::Failure;
use crate::defects::{self, Defect, Defects};
use crate::driver::{Place, over_http, over_stdio};
use crate::{exit_code, reference};

pub(super) fn run(arguments: &AdapterArgs) -> Result<u8, Failure> {
    let defects: Defects = arguments.defect.iter().map(|id| find(id)).collect::<Result<_, _>>()?;
    match &arguments.attach {
        Some(address) => take_part(address, arguments.device, defects)?,
        None => over_stdio(|host| reference::run(host, defects)).map_err(Failure::usage)?,
    }
    Ok(exit_code::CONFORMS)
}

fn take_part(address: &str, device: usize, defects: Defects) -> Result<(), Failure> {
    let (url, token) = match address.split_once("?token=") {
        Some((url, token)) => (url, Some(token.to_owned())),
        None => (address, None),
    };
    let place = Place { url: url.trim_end_matches('/').to_owned(), token, device };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::harness)?;
    let taking_part = over_http(&place, |host| reference::run(host, defects));
    runtime.block_on(taking_part).map_err(Failure::usage)
}

fn find(id: &str) -> Result<Defect, Failure> {
    Defect::find(id).ok_or_else(|| {
        let meant = nearest(id, defects::all().map(|defect| defect.about().id));
        let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        Failure::usage(format!("there is no defect `{id}`{meant}"))
    })
}
