//! Writes the manual pages and the completion scripts below a folder, as systems have them below /usr/share. The executable itself
//! does without: pages are for those who install it.

use std::path::PathBuf;
use std::{env, fs, io};

use clap::CommandFactory;
use clap_complete::Shell;
use quaymaster::cli::{Cli, script};

/// Where each shell looks for scripts of other packages.
const SCRIPTS: &[(Shell, &str, &str)] = &[
    (Shell::Bash, "bash-completion/completions", "quaymaster"),
    (Shell::Zsh, "zsh/site-functions", "_quaymaster"),
    (Shell::Fish, "fish/vendor_completions.d", "quaymaster.fish"),
];

fn main() -> io::Result<()> {
    let share = PathBuf::from(env::args_os().nth(1).ok_or_else(|| io::Error::other("say into which folder"))?);
    let pages = share.join("man/man1");
    fs::create_dir_all(&pages)?;
    clap_mangen::generate_to(Cli::command(), &pages)?;
    for (shell, folder, name) in SCRIPTS {
        fs::create_dir_all(share.join(folder))?;
        fs::write(share.join(folder).join(name), script(*shell))?;
    }
    Ok(())
}
