//! The names of what one namespace keeps in Redis.

use crate::broker::Topic;

/// Makes the names of keys and channels; all of them begin with `dragon:<namespace>:`.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
    /// Channels, unlike keys, are the same in all numbered databases of a server.
    database: i64,
}

impl Keys {
    pub(super) fn new(namespace: &str, database: i64) -> Self {
        Self { prefix: format!("dragon:{namespace}:"), database }
    }

    /// The hash that holds the topic's epoch, its top and what else there is one of.
    pub(super) fn meta(&self, topic: &Topic) -> String {
        self.key(topic, "meta")
    }

    /// The stream of the topic's events.
    pub(super) fn events(&self, topic: &Topic) -> String {
        self.key(topic, "events")
    }

    /// The list of the events' sizes, in step with the stream.
    pub(super) fn sizes(&self, topic: &Topic) -> String {
        self.key(topic, "sizes")
    }

    /// The sorted set of sources, by the offset where each stands.
    pub(super) fn sources(&self, topic: &Topic) -> String {
        self.key(topic, "sources")
    }

    /// The channel on which the topic's batches are announced.
    pub(super) fn channel(&self, topic: &Topic) -> String {
        self.key(topic, &format!("channel:{}", self.database))
    }

    /// The channel that says that somebody wrote.
    pub(super) fn nudge(&self) -> String {
        format!("{}nudge:{}", self.prefix, self.database)
    }

    /// The channel on which data is announced.
    pub(super) fn data(&self) -> String {
        format!("{}data:{}", self.prefix, self.database)
    }

    /// The channel that says whose rights changed.
    pub(super) fn rights(&self) -> String {
        format!("{}rights:{}", self.prefix, self.database)
    }

    /// The braces make a cluster keep all keys of a topic on one node, as the scripts need it.
    fn key(&self, topic: &Topic, what: &str) -> String {
        format!("{}{{{topic}}}:{what}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_topic_share_a_hash_tag_and_namespaces_share_nothing() {
        let keys = Keys::new("shop", 2);
        let item = Topic::new("item");
        assert_eq!(keys.meta(&item), "dragon:shop:{item}:meta");
        assert_eq!(keys.events(&item), "dragon:shop:{item}:events");
        assert_eq!(keys.sizes(&item), "dragon:shop:{item}:sizes");
        assert_eq!(keys.sources(&item), "dragon:shop:{item}:sources");
        assert_eq!(keys.channel(&item), "dragon:shop:{item}:channel:2");
        assert_eq!(keys.nudge(), "dragon:shop:nudge:2");
        assert_eq!(keys.data(), "dragon:shop:data:2");
        assert_eq!(keys.rights(), "dragon:shop:rights:2");
        assert_ne!(keys.meta(&item), Keys::new("other", 2).meta(&item));
    }
}
