//! What is said when the program meets a mistake of its own.
//!
//! What a panic tells may hold anything that was at hand, and who prints it knows no secrets: only words that stand in
//! the program's own text are shown, and where.

use std::panic::PanicHookInfo;

use super::terminal::tell;

/// From now on a panic says what to do and shows no values.
pub(super) fn hook() {
    std::panic::set_hook(Box::new(|info| tell(&told(info))));
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    // A text that was put together is no `&'static str`.
    let said = info.payload().downcast_ref::<&'static str>();
    let said = said
        .map_or_else(|| "its words are not shown, for they may hold a secret".to_owned(), |said| (*said).to_owned());
    format!(
        "\nerror: callsheet has met a mistake of its own at {place}: {said}\n\
         The run was not ended: `callsheet show` tells what it has sent, and what it made may exist still.\n\
         Please report this, with the line above and the playbook.\n"
    )
}
