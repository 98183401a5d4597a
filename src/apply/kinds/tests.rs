use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::api::{Answers, Path, Prediction};
use crate::apply::predicted::PredictedServer;
use crate::modules;

#[test]
fn every_word_belongs_to_one_kind() {
    let words: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(words.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(Kind::of(kind.word()), Some(*kind));
    }
}

#[test]
fn a_kind_has_sections_or_is_an_option_of_one_that_has() {
    for kind in Kind::ALL {
        let Some((holder, option)) = kind.card().held else {
            assert!(!kind.card().sections.is_empty(), "{kind:?}: nobody could declare one");
            continue;
        };
        for section in holder.card().sections {
            let known = section.entry().document.options.iter().any(|argument| argument.name == option);
            assert!(known, "{kind:?}: {} has no option {option}", section.module);
        }
    }
}

#[test]
fn a_section_is_of_the_kind_that_lists_it_and_has_a_module_of_its_own() {
    let mut modules = BTreeSet::new();
    for kind in Kind::ALL {
        for section in kind.card().sections {
            assert_eq!(section.kind, *kind, "{}", section.module);
            assert!(modules.insert(section.module), "{} has two sections", section.module);
        }
    }
}

#[test]
fn every_name_in_a_section_is_one_of_its_module() {
    for section in sections() {
        let known: Vec<&str> = modules::find(section.module)
            .unwrap_or_else(|| panic!("{}: no module {}", section.key, section.module))
            .document
            .options
            .iter()
            .map(|argument| argument.name)
            .collect();
        let named = section.supplied.iter().map(|(option, _)| *option);
        let named = named.chain(section.renamed.iter().map(|(_, option)| *option));
        let named = named.chain(section.identity.iter().map(|key| section.option(key)));
        let named = named.chain(section.called.iter().chain(section.commands).copied());
        for option in named {
            assert!(known.contains(&option), "{}: {} has no option {option}", section.key, section.module);
        }
    }
}

#[test]
fn every_card_and_section_of_the_folder_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/apply/kinds");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    let written = |form: &str| text.lines().filter(|line| line.contains("static ") && line.contains(form)).count();
    assert_eq!(written(": Card ="), Kind::ALL.len(), "a card without its line of `kinds!`");
    assert_eq!(written(": Section ="), sections().count(), "a section that is in no card");
}

#[test]
fn what_is_still_to_be_made_has_empty_lists() {
    let server = PredictedServer::default();
    server.complete(&Path::organization("acme"));
    server.complete_repository(&Path::repository("acme/app"));
    for section in sections() {
        let place = match section.place {
            Place::Organization => "acme",
            Place::Repository => "acme/app",
            _ => continue,
        };
        let Some(list) = &section.list else { continue };
        let address = (list.path)(place).render(&Answers::default()).unwrap();
        let empty = Some((200, json!({list.key: []})));
        assert_eq!(server.answer(&address), empty, "{}: add it to predicted.rs", section.module);
    }
}
