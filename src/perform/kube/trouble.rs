//! What an error of the cluster or of the way to it means for what was asked, and its words.
//!
//! Invariant: what may have changed something is never called *refused*: whoever asked for it looks up
//! what became of it.

use kube::Error;
use kube::core::Status;

use super::super::ending::{Ending, chain};
use super::validity::{named_end, on_date};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing happened, and asking again doesn't help.
    Refused(String),
    /// Nothing happened, since something isn't there.
    Absent(String),
    /// Nothing happened; it may be otherwise in a moment.
    Passing(String),
    /// A change was sent, and what became of it isn't known.
    Lost(String),
}

impl Trouble {
    /// What an error means; `changes`: what was asked changes something.
    pub(super) fn of(error: &Error, changes: bool) -> Self {
        let unanswered = |words: String| if changes { Self::Lost(words) } else { Self::Passing(words) };
        match error {
            Error::Api(status) => match status.code {
                404 => Self::Absent(in_words(status)),
                429 => Self::Passing(in_words(status)),
                500.. => unanswered(in_words(status)),
                _ => Self::Refused(in_words(status)),
            },
            Error::BuildRequest(_)
            | Error::Auth(_)
            | Error::InferConfig(_)
            | Error::InferKubeconfig(_)
            | Error::ProxyProtocolUnsupported { .. }
            | Error::ProxyProtocolDisabled { .. }
            | Error::RustlsTls(_)
            | Error::TlsRequired
            | Error::Discovery(_) => Self::Refused(words_of(error)),
            Error::HyperError(_)
            | Error::Service(_)
            | Error::FromUtf8(_)
            | Error::LinesCodecMaxLineLengthExceeded
            | Error::ReadEvents(_)
            | Error::HttpError(_)
            | Error::SerdeError(_)
            | Error::UpgradeConnection(_) => {
                let words = words_of(error);
                if is_untrusted(&words) {
                    Self::Refused(words)
                } else if words.contains("client error (Connect)") {
                    Self::Passing(words)
                } else {
                    unanswered(words)
                }
            }
        }
    }

    /// In the operator's words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Refused(words) | Self::Absent(words) | Self::Passing(words) | Self::Lost(words) => words,
        }
    }

    /// Whether something was refused only because the object has changed since it was looked at.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(words) if words.ends_with("(409)"))
    }

    /// Whether an apply was refused only because of fields that we set ourselves in another way: by a new
    /// image, or by putting an object back.
    pub(super) fn is_with(&self, manager: &str) -> bool {
        let Self::Refused(words) = self else { return false };
        let mut named = words.split("with \"").skip(1).peekable();
        self.is_conflict() && named.peek().is_some() && named.all(|rest| rest.starts_with(&format!("{manager}\"")))
    }

    /// What it means for an action that has done nothing else.
    pub(super) fn ending(self) -> Ending {
        match self {
            Self::Refused(words) | Self::Absent(words) | Self::Passing(words) => Ending::did_not_start(words),
            Self::Lost(words) => Ending::unknown(words),
        }
    }

    /// The same; words that are about the way to the server begin with its address.
    pub(super) fn at(self, address: &str) -> Self {
        match self {
            Self::Passing(words) if words.contains("client error") => Self::Passing(format!("{address}: {words}")),
            Self::Lost(words) if words.contains("error") => Self::Lost(format!("{address}: {words}")),
            Self::Refused(words) if is_untrusted(&words) => Self::Refused(format!("{address}: {words}")),
            trouble => trouble,
        }
    }

    /// The same with what may be why we aren't known.
    pub(super) fn doubted(self, doubt: Option<&str>) -> Self {
        match (self, doubt) {
            (Self::Refused(words), Some(doubt)) if words.contains("(401)") || is_untrusted(&words) => {
                Self::Refused(format!("{words}; {doubt}"))
            }
            (trouble, _) => trouble,
        }
    }

    /// The same with something in front that says what was asked.
    pub(super) fn about(self, what: &str) -> Self {
        let said = |words: String| format!("{what}: {words}");
        match self {
            Self::Refused(words) => Self::Refused(said(words)),
            Self::Absent(words) => Self::Absent(said(words)),
            Self::Passing(words) => Self::Passing(said(words)),
            Self::Lost(words) => Self::Lost(said(words)),
        }
    }
}

/// A connection that was made and that nobody may trust: waiting doesn't help.
fn is_untrusted(words: &str) -> bool {
    words.contains("invalid peer certificate") || words.contains("received fatal alert")
}

/// The error with every cause under it, and what can be done where that is known.
pub(super) fn words_of(error: &(dyn std::error::Error + 'static)) -> String {
    let words = chain(error);
    let words = words.trim_start_matches("ServiceError: ").trim_start_matches("HyperError: ");
    let ended = named_end(words).map(|end| format!(" (the API server's certificate expired on {})", on_date(end)));
    let help = if let Some(ended) = &ended {
        ended
    } else if words.contains("invalid peer certificate: Expired") || words.contains("certificate expired") {
        " (the API server's certificate has expired)"
    } else if words.contains("UnknownIssuer") || words.contains("BadSignature") {
        " (the API server's certificate isn't signed by the authority that the kubeconfig names)"
    } else if words.contains("NotValidForName") || words.contains("not valid for name") {
        " (the API server's certificate is for another name)"
    } else if words.contains("CertificateExpired") {
        " (the client certificate of the kubeconfig has expired)"
    } else if words.contains("Connection refused") {
        " (nobody listens there: is the API server up, and is this the right context?)"
    } else {
        ""
    };
    format!("{words}{help}")
}

/// What the API server says.
fn in_words(status: &Status) -> String {
    let message = status.message.trim();
    match status.code {
        401 => "the cluster doesn't know who we are (401): the token or certificate of the context's user is \
                wrong or has expired"
            .to_owned(),
        403 => format!("{} (403)", may_not(message).unwrap_or_else(|| message.to_owned())),
        404 => format!("{message} (404)"),
        409 | 422 => {
            let causes = status.details.iter().flat_map(|details| &details.causes);
            let causes: Vec<_> = causes
                .filter(|cause| !message.contains(cause.message.as_str()))
                .map(|cause| if cause.field.is_empty() { cause.message.clone() } else { owner(cause) })
                .collect();
            let more = if causes.is_empty() { String::new() } else { format!(": {}", causes.join("; ")) };
            format!("{message}{more} ({})", status.code)
        }
        code if message.is_empty() => format!("the API server answers {code}"),
        code => format!("{message} ({code})"),
    }
}

/// `kubectl has .spec.replicas`, of a conflict; else the field and what is wrong with it.
fn owner(cause: &kube::core::response::StatusCause) -> String {
    let manager = cause.message.strip_prefix("conflict with ").map(|rest| rest.trim_matches('"'));
    match manager {
        Some(manager) => {
            let name = manager.split('"').next().unwrap_or(manager);
            format!("{name} has {}", cause.field)
        }
        None => format!("{}: {}", cause.field, cause.message),
    }
}

/// `viewer may not patch deployments.apps in namespace default`, out of the server's own sentence.
fn may_not(message: &str) -> Option<String> {
    let (_, said) = message.split_once("User \"")?;
    let (user, said) = said.split_once("\" cannot ")?;
    let (verb, said) = said.split_once(" resource \"")?;
    let (resource, said) = said.split_once('"')?;
    let group = said.split_once("in API group \"").and_then(|(_, rest)| rest.split_once('"')).map(|(group, _)| group);
    let group = group.filter(|group| !group.is_empty()).map(|group| format!(".{group}")).unwrap_or_default();
    let place = said.split_once("in the namespace \"").and_then(|(_, rest)| rest.split_once('"'));
    let place = place.map_or_else(|| " in the cluster".to_owned(), |(name, _)| format!(" in namespace {name}"));
    Some(format!("{user} may not {verb} {resource}{group}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: u16, json: &str) -> Error {
        let status: Status = serde_json::from_str(json).unwrap();
        assert_eq!(status.code, code);
        Error::Api(Box::new(status))
    }

    #[test]
    fn who_may_not_do_what_is_said_in_one_sentence() {
        let error = api(
            403,
            r#"{"kind":"Status","message":"deployments.apps \"web\" is forbidden: User \"viewer\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"default\"","reason":"Forbidden","code":403}"#,
        );
        assert_eq!(
            Trouble::of(&error, true),
            Trouble::Refused("viewer may not patch deployments.apps in namespace default (403)".to_owned())
        );
    }

    #[test]
    fn an_invalid_field_is_named() {
        let error = api(
            422,
            r#"{"message":"Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0","reason":"Invalid","details":{"causes":[{"reason":"FieldValueInvalid","message":"Invalid value: -1: must be greater than or equal to 0","field":"spec.replicas"}]},"code":422}"#,
        );
        let words = Trouble::of(&error, true).words();
        assert_eq!(
            words,
            "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (422)"
        );
    }

    #[test]
    fn a_conflict_names_the_manager_and_its_fields() {
        let error = api(
            409,
            r#"{"message":"Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1: .spec.replicas","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"hpa\" using apps/v1","field":".spec.replicas"}]},"code":409}"#,
        );
        assert!(Trouble::of(&error, true).words().contains("hpa has .spec.replicas"));
    }

    #[test]
    fn a_conflict_is_with_ourselves_only_if_nobody_else_is_named() {
        let refused = |words: &str| Trouble::Refused(words.to_owned());
        assert!(refused("conflict with \"runbook\" using v1: .data.sky (409)").is_with("runbook"));
        assert!(!refused("conflicts with \"runbook\": .a; conflicts with \"hpa\": .b (409)").is_with("runbook"));
        assert!(!refused("the object has been modified (409)").is_with("runbook"));
    }

    #[test]
    fn only_a_change_that_nobody_answered_is_lost() {
        let broken = || api(500, r#"{"message":"etcd is gone","code":500}"#);
        assert!(matches!(Trouble::of(&broken(), true), Trouble::Lost(_)));
        assert!(matches!(Trouble::of(&broken(), false), Trouble::Passing(_)));
        let busy = api(429, r#"{"message":"too many requests","code":429}"#);
        assert!(matches!(Trouble::of(&busy, true), Trouble::Passing(_)));
    }
}
