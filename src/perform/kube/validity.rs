//! Until when a certificate is good: what of the kubeconfig's own certificate is read out, and how the
//! ends of others are told. Who is trusted is the TLS library's to say.
//!
//! Invariant: a certificate that can't be read says nothing.

use jiff::Timestamp;
use k8s_openapi::ByteString;
use kube::Config;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// When the client certificate of a kubeconfig ended; `None`: it hasn't, or there is none.
pub(super) fn client_certificate_ended(config: &Config, now: Timestamp) -> Option<Timestamp> {
    let user = &config.auth_info;
    let pem = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) => serde_json::from_value::<ByteString>(data.clone().into()).ok()?.0,
        (None, Some(path)) => std::fs::read(path).ok()?,
        (None, None) => return None,
    };
    end_of(&pem).filter(|end| *end < now)
}

/// `2026-06-10 08:00 UTC`.
pub(super) fn on_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The end that the TLS library names in what it refuses: seconds behind `not valid after `.
pub(super) fn named_end(words: &str) -> Option<Timestamp> {
    let (_, rest) = words.split_once("certificate is not valid after ")?;
    let seconds: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Timestamp::from_second(seconds.parse().ok()?).ok()
}

/// When the first certificate of a PEM file ends.
fn end_of(pem: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    let der = serde_json::from_value::<ByteString>(body.into()).ok()?.0;
    let certificate = Certificate::from_der(&der).ok()?;
    let end = certificate.tbs_certificate.validity.not_after.to_unix_duration();
    Timestamp::from_second(end.as_secs().try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of nobody's authority, good on the first day of 2020 only.
    const ENDED: &str = "-----BEGIN CERTIFICATE-----
MIIBDDCBswICEAAwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGbm9ib2R5MB4XDTIwMDEwMTAwMDAwMFoXDTIwMDEwMjAwMDAw
MFowEzERMA8GA1UEAwwIb3BlcmF0b3IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAROt9XziOwJR2r8bULMSWh4AxUedyoQ
8HocOtNwtqO1cT4jQCOXRl88VSxHYhK3Ls1+SSy+UhWIEodBrZDXILZAMAoGCCqGSM49BAMCA0gAMEUCIQCXV+EivCt2utOa
GO0lBaR0PWIxS6SoHAVAk5VomIsGtQIgQsC41e51VV+jxVeSOi3KupFwMvWrwFoYT65+z41C+js=
-----END CERTIFICATE-----
";

    #[test]
    fn the_end_of_a_certificate_is_read_out_of_it() {
        let end = end_of(ENDED.as_bytes()).unwrap();
        assert_eq!(on_date(end), "2020-01-02 00:00 UTC");
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for cut in 0..ENDED.len() {
            let cut_off = format!("{}-----END CERTIFICATE-----", &ENDED[..cut]);
            assert!(end_of(cut_off.as_bytes()).is_none_or(|end| on_date(end).starts_with("2020")), "{cut}");
        }
        assert_eq!(end_of(b"\xff"), None);
    }

    #[test]
    fn the_end_that_the_library_names_is_a_date() {
        let words = "invalid peer certificate: certificate expired: verification time 1795000000 (UNIX), but certificate is not valid after 1577923200 (217076800 seconds ago)";
        assert_eq!(on_date(named_end(words).unwrap()), "2020-01-02 00:00 UTC");
        assert_eq!(named_end("certificate expired"), None);
    }
}
