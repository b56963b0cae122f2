//! Why the agent could not think or act.

/// Why the agent stopped; each variant is named for what its caller must do.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Mend the model's file, or build again.
    #[error("the embedded model cannot be used: {0}")]
    Model(String),
    /// Mend the settings of a model's provider.
    #[error("the model's provider cannot be used: {0}")]
    Provider(String),
}
