//! Sessions in a Redis server.

use std::time::Duration;

use futures::future::BoxFuture;
use redis::{Script, cmd};

use super::{SessionError, SessionLimits, SessionStore};
use crate::broker::{BrokerError, Commands};

/// Sets a field of a hash and its time to live, unless the hash would be too large.
const SET: &str = r"
local bytes = #ARGV[1] + #ARGV[2]
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] then bytes = bytes + #all[i] + #all[i + 1] end
end
if bytes > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
";

/// Sessions in a Redis server, each a hash `dragon:<namespace>:session:<id>` that expires.
#[derive(Debug)]
pub struct RedisSessions {
    commands: Commands,
    prefix: String,
    set: Script,
}

impl RedisSessions {
    /// Sessions of a namespace at `redis://[user:password@]host[:port][/database]`. It connects
    /// when it is first asked for something.
    ///
    /// # Errors
    /// When the URL is wrong.
    pub fn new(url: &str, namespace: &str) -> Result<Self, SessionError> {
        Ok(Self {
            commands: Commands::new(url)?,
            prefix: format!("dragon:{namespace}:session:"),
            set: Script::new(SET),
        })
    }

    async fn run<T: redis::FromRedisValue>(&self, command: redis::Cmd) -> Result<T, SessionError> {
        let command = &command;
        let run = |mut to| async move { command.query_async(&mut to).await };
        Ok(self.commands.run(run).await?)
    }

    fn key(&self, session: &str) -> String {
        format!("{}{session}", self.prefix)
    }
}

impl From<BrokerError> for SessionError {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Unavailable(why) => Self::Unavailable(why),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// A time to live in milliseconds: at least one, for none at all would be refused.
fn milliseconds(expiry: Duration) -> i64 {
    // As long as Redis can count from now.
    i64::try_from(expiry.as_millis()).unwrap_or(i64::MAX).clamp(1, i64::MAX / 4)
}

impl SessionStore for RedisSessions {
    fn get<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, SessionError>> {
        Box::pin(async move { self.run(cmd("HGET").arg(self.key(session)).arg(key).take()).await })
    }

    fn set<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
        value: String,
        limits: SessionLimits,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        Box::pin(async move {
            let mut script = self.set.prepare_invoke();
            script.key(self.key(session)).arg(key).arg(value).arg(limits.bytes);
            script.arg(milliseconds(limits.expiry));
            let script = &script;
            let set = |mut to| async move { script.invoke_async(&mut to).await };
            match self.commands.run::<bool, _>(set).await? {
                true => Ok(()),
                false => Err(SessionError::TooLarge { limit: limits.bytes }),
            }
        })
    }

    fn remove<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        Box::pin(async move { self.run(cmd("HDEL").arg(self.key(session)).arg(key).take()).await })
    }

    fn touch<'a>(
        &'a self,
        session: &'a str,
        expiry: Duration,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        let milliseconds = milliseconds(expiry);
        Box::pin(async move {
            self.run(cmd("PEXPIRE").arg(self.key(session)).arg(milliseconds).take()).await
        })
    }

    fn end<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<(), SessionError>> {
        Box::pin(async move { self.run(cmd("DEL").arg(self.key(session)).take()).await })
    }
}
