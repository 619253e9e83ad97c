//! What tests share: OpenSSL as the other side.

use std::process::Command;

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Runs OpenSSL; the error is what it wrote to standard error and output.
pub(crate) fn openssl(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let output = Command::new("openssl").args(arguments).output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => {
            let text = [output.stderr, output.stdout].concat();
            Err(String::from_utf8_lossy(&text).into_owned().into())
        }
    }
}
