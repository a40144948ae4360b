//! Plain data, of no model.

use serde::{Deserialize, Serialize};

use super::Undecodable;

/// A message to the subscribers of data channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// The channels' names.
    pub channels: Vec<String>,
    /// What they are told: an object, as JSON text.
    pub data: String,
}

impl Data {
    /// The text that travels on the bus.
    #[must_use]
    pub fn encode(&self) -> String {
        // Texts hold nothing that JSON cannot express.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the text is no such message.
    pub fn decode(text: &str) -> Result<Self, Undecodable> {
        Ok(serde_json::from_str(text)?)
    }

    /// Its size in bytes, but for what the bus adds.
    #[must_use]
    pub fn size(&self) -> usize {
        self.data.len() + self.channels.iter().map(String::len).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bus_gives_back_what_went_in_on_one_line() {
        let data = Data { channels: vec!["a\u{1F409}".into()], data: "{\"t\":\"\\n\"\n}".into() };
        let text = data.encode();
        assert!(!text.contains('\n'));
        assert_eq!(Data::decode(&text).unwrap(), data);
        assert!(Data::decode("{}").is_err() && Data::decode("nonsense").is_err());
    }
}
