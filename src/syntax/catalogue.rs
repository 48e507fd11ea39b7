//! How a layer declares its authoring errors: code, message, label and help beside each other, and
//! the documentation of each variant is what `runbook explain CODE` prints. One invariant: an error
//! can't be added without all of them.

/// Declares an enum of errors. `{field}` in the texts is a field of the variant; an empty help is
/// none.
macro_rules! catalogue {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $(
                $(#[doc = $explanation:literal])+
                $variant:ident $({ $($field:ident: $type:ty),+ $(,)? })? = $code:literal {
                    message: $message:literal,
                    label: $label:literal,
                    help: $help:literal $(,)?
                }
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $visibility enum $name {
            $(
                $(#[doc = $explanation])+
                $variant $({ $(
                    #[doc = concat!("What the message calls `", stringify!($field), "`.")]
                    $field: $type,
                )+ })?,
            )+
        }

        impl $name {
            /// Every code of this layer with its explanation, in the order of the reference.
            pub const CODES: &[(&'static str, &'static str)] =
                &[$(($code, concat!($($explanation, "\n"),+)),)+];

            /// The code that `runbook explain` documents.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            /// The error at its place.
            #[must_use]
            pub fn at(&self, span: $crate::syntax::Span) -> $crate::syntax::Finding {
                let (message, label, help): (String, String, String) = match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        $($(let _ = $field;)+)?
                        (format!($message), format!($label), format!($help))
                    })+
                };
                $crate::syntax::Finding {
                    code: self.code(),
                    severity: $crate::syntax::Severity::Error,
                    message,
                    labels: vec![(span, label)],
                    help: (!help.is_empty()).then_some(help),
                }
            }
        }
    };
}

pub(crate) use catalogue;
