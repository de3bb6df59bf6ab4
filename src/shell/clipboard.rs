//! The ways to the terminal's clipboard: OSC 52, in the wrapping of GNU screen where that is around us, or through tmux.
//!
//! Whether a text arrives is not known: the terminal does not say, and may not be allowed to take it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::AsyncWrite as _;
use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;

use crate::config::Multiplexer;

/// How long tmux may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// GNU screen passes on strings of fewer than 256 bytes at a time, older ones as well (`MAXSTR`).
const SCREEN_STRING: usize = 240;

/// What makes the terminal copy a text. Inside tmux it is for tmux, which may pass it on.
pub(super) fn sequence(text: &str, around: Multiplexer) -> String {
    let encoded = BASE64_STANDARD.encode(text);
    match around {
        Multiplexer::Nothing | Multiplexer::Tmux => format!("\x1b]52;c;{encoded}\x1b\\"),
        Multiplexer::Screen => {
            // The wrapping ends with what usually ends an OSC: this one ends with the other.
            let whole = format!("\x1b]52;c;{encoded}\x07");
            let (mut wrapped, mut rest) = (String::new(), whole.as_str());
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at_checked(SCREEN_STRING).unwrap_or((rest, ""));
                wrapped.push_str(&format!("\x1bP{piece}\x1b\\"));
                rest = behind;
            }
            wrapped
        }
    }
}

/// Gives a text to tmux, as a buffer of its own and for the terminal around it: by default tmux takes that from its own commands
/// alone, and not from what runs in it (`set-clipboard external`). Since tmux 3.2.
///
/// # Errors
/// Why tmux did not take it, in words.
pub(super) async fn to_tmux(text: &str) -> Result<(), String> {
    let mut command = Command::new("tmux");
    command.args(["load-buffer", "-w", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let work = async {
        let mut child = command.kill_on_drop(true).spawn().map_err(|error| error.to_string())?;
        if let Some(mut input) = child.stdin.take() {
            // A tmux that ends early says why by its exit code.
            let _ = write(&mut input, text.as_bytes()).await;
        }
        let status = child.wait().await.map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(status.to_string()) }
    };
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(format!("no answer in {} seconds", PATIENCE.as_secs())))
}

async fn write(input: &mut ChildStdin, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|context| Pin::new(&mut *input).poll_write(context, bytes)).await?;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_wrapped_for_what_is_around_us() {
        assert_eq!(sequence("hello", Multiplexer::Nothing), "\x1b]52;c;aGVsbG8=\x1b\\");
        assert_eq!(sequence("hello", Multiplexer::Tmux), "\x1b]52;c;aGVsbG8=\x1b\\");
        assert_eq!(sequence("hello", Multiplexer::Screen), "\x1bP\x1b]52;c;aGVsbG8=\x07\x1b\\");
        let long = "x".repeat(1000);
        let wrapped = sequence(&long, Multiplexer::Screen);
        let pieces: Vec<&str> =
            wrapped.split_terminator("\x1b\\").map(|piece| piece.strip_prefix("\x1bP").unwrap()).collect();
        assert!(pieces.iter().all(|piece| piece.len() <= SCREEN_STRING));
        assert_eq!(pieces.concat(), format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(&long)));
    }
}
