//! The defect matrix holds: every defect of the reference client in every scenario.

use pass_conformance::defects::matrix::{self, Row};
use pass_conformance::{defects, scenario};

#[test]
fn each_defect_is_caught_by_its_rule_and_by_no_other() {
    let _machine = crate::the_machine();
    let defects: Vec<_> = defects::all().collect();
    let rows = matrix::play(&defects, &scenario::all().unwrap(), |_| {}).unwrap();
    assert_eq!(rows.len(), defects.len() + 1);
    let faults: Vec<String> = rows.iter().flat_map(Row::faults).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
