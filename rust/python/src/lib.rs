//! `sightline.media._native`: glue between Python and the driver, as its stub `_native.pyi` says.
//!
//! It turns values and errors into Python's and lets go of the interpreter's lock around every call that waits; it
//! must not do anything else.

use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sightline_driver::{AcmeError, BadCertificate, OpenError, Settings};

/// Longer waits are cut to this: `Duration` panics on what Python's floats can hold. A day is for ever here.
const LONGEST_WAIT_S: f64 = 86_400.0;

#[pyclass(frozen, module = "sightline.media._native")]
struct FrontDoor(sightline_driver::FrontDoor);

#[pymethods]
impl FrontDoor {
    #[staticmethod]
    fn open(py: Python<'_>, settings: &[u8]) -> PyResult<Self> {
        let settings = Settings::from_json(settings).map_err(|bad| PyValueError::new_err(bad.0))?;
        py.detach(|| sightline_driver::FrontDoor::open(settings)).map(Self).map_err(open_error)
    }

    fn addresses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let json = serde_json::to_vec(self.0.addresses())
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &json))
    }

    fn set_certificates(&self, py: Python<'_>, chains: Vec<(Vec<u8>, Vec<u8>)>) -> PyResult<()> {
        py.detach(|| self.0.set_certificates(&chains))
            .map_err(|BadCertificate(text)| PyValueError::new_err(text))
    }

    fn obtain_certificate<'py>(&self, py: Python<'py>, request: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let request = request.to_vec();
        match py.detach(|| self.0.obtain_certificate(&request)) {
            Ok(answer) => Ok(PyBytes::new(py, &answer)),
            Err(AcmeError::NotReached(text)) => Err(PyOSError::new_err(text)),
            Err(AcmeError::Refused(text)) => Err(PyValueError::new_err(text)),
        }
    }

    fn counters<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.counters())
    }

    fn relay_status<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let status = py.detach(|| self.0.relay_status());
        PyBytes::new(py, &status)
    }

    fn revoke_relay(&self, py: Python<'_>, user: &str) -> usize {
        py.detach(|| self.0.revoke_relay(user))
    }

    fn next_event<'py>(&self, py: Python<'py>, timeout_s: f64) -> Option<Bound<'py, PyBytes>> {
        let event = py.detach(|| self.0.next_event(seconds(timeout_s)));
        event.map(|event| PyBytes::new(py, &event))
    }

    fn close(&self, py: Python<'_>, grace_s: f64) {
        py.detach(|| self.0.close(seconds(grace_s)));
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        // Python drops it with the interpreter's lock held. The threads behind it never take that lock, so waiting for
        // them cannot deadlock; but other Python threads need not wait with us. Without an interpreter it just closes.
        let close = || self.0.close(Duration::ZERO);
        if Python::try_attach(|py| py.detach(close)).is_none() {
            close();
        }
    }
}

/// With the errno, so that Python makes it the right subclass, and the address as `filename`.
fn open_error(error: OpenError) -> PyErr {
    match error {
        OpenError::Settings(bad) => PyValueError::new_err(bad.0),
        OpenError::Bind(address, error) => match error.raw_os_error() {
            Some(errno) => PyOSError::new_err((errno, strerror(&error), address.to_string())),
            None => PyOSError::new_err(format!("{address}: {error}")),
        },
        OpenError::Other(error) => PyOSError::new_err(error.to_string()),
    }
}

/// The system's words without Rust's " (os error 98)" behind them.
fn strerror(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn seconds(seconds: f64) -> Duration {
    // NaN and negative numbers mean not to wait.
    Duration::from_secs_f64(if seconds > 0.0 { seconds.min(LONGEST_WAIT_S) } else { 0.0 })
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<FrontDoor>()
}
