//! Connections to the broker.

use std::time::Duration;

use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};
use tokio::time::timeout;

use super::topology;
use crate::bus::BusError;
use crate::interest::Interest;

/// Time for a connection and the declarations on it.
const CONNECT: Duration = Duration::from_secs(10);
/// Seconds between heartbeats: a peer that vanished silently is noticed within twice that.
const HEARTBEAT: u16 = 10;

/// The broker's address and what must stand there.
pub(super) struct Link {
    uri: AMQPUri,
    pub interests: Vec<Interest>,
}

impl Link {
    pub fn new(url: &str, interests: Vec<Interest>) -> Result<Self, BusError> {
        // The text of the URL stays out of the message: it holds a password.
        let bad = |_| BusError::Refused("the broker's URL does not read".into());
        let mut uri: AMQPUri = url.parse().map_err(bad)?;
        uri.query.heartbeat = uri.query.heartbeat.or(Some(HEARTBEAT));
        Ok(Self { uri, interests })
    }

    /// Whether some consumer of the house takes events of this type.
    pub fn wanted(&self, kind: &str) -> bool {
        self.interests.iter().any(|interest| interest.takes(kind))
    }

    /// A new connection with everything declared. lapin's own recovery stays off: who uses a
    /// connection replaces it.
    pub async fn connect(&self, name: &str) -> Result<Connection, BusError> {
        let connecting = async {
            let properties = ConnectionProperties::default().with_connection_name(name.into());
            let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
            let channel = connection.create_channel().await?;
            topology::declare(&channel, &self.interests).await?;
            Ok(connection)
        };
        match timeout(CONNECT, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(away(&error)),
            Err(_) => Err(BusError::Away("the broker does not answer".into())),
        }
    }
}

pub(super) fn away(error: &lapin::Error) -> BusError {
    BusError::Away(error.to_string())
}
