//! The options that name a user's own schemas.

use std::path::PathBuf;
use std::sync::Arc;

use crate::message::own::{Ground, OwnSchemas};
use crate::pipeline::schemas::{self, Unusable};
use crate::pipeline::{Examiner, Options};

/// Own schemas.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct OwnSchemaArguments {
    /// A folder with schemas of your own, such as usage guidelines: each takes the place of the published one of its
    /// message.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// A schema of your own that goes before all others of its message.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

impl OwnSchemaArguments {
    /// Reads them; `None` when none are named.
    pub(crate) fn load(&self) -> Result<Option<Arc<OwnSchemas>>, Unusable> {
        schemas::load(&self.wanted())
    }

    /// The files and folders, and when they are chosen.
    pub(crate) fn wanted(&self) -> Vec<(PathBuf, Vec<Ground>)> {
        let folder = self.schemas.iter().map(|path| (path.clone(), vec![Ground::Always]));
        folder.chain(self.schema.iter().map(|path| (path.clone(), vec![Ground::Asked]))).collect()
    }

    /// An examiner with them.
    pub(crate) fn examiner(&self, options: Options) -> Result<Examiner, Unusable> {
        Ok(Examiner::with_schemas(options, self.load()?))
    }
}
