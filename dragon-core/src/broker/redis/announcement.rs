//! What `publish.lua` says on a topic's channel.

use super::scripts::{Measured, position};
use crate::change::Position;

/// A batch that was appended, or a new epoch that began.
#[derive(Debug)]
pub(super) struct Announcement {
    /// Where the topic stands with that.
    pub(super) top: Position,
    /// The events that led there, the last of them at `top`. None where the epoch began empty or
    /// the batch is too large to be announced in full.
    pub(super) events: Vec<Measured>,
}

impl Announcement {
    /// Reads a message: `<epoch> <top>` and then a publication on each line.
    pub(super) fn read(message: &[u8]) -> Result<Self, String> {
        let mut lines = message.split(|byte| *byte == b'\n');
        let head = lines.next().unwrap_or_default();
        let lines: Vec<&[u8]> = lines.collect();
        let mut words = head.splitn(2, |byte| *byte == b' ');
        let top = words
            .next()
            .and_then(|epoch| position(epoch, words.next()?))
            .ok_or("its head is no position")?;
        let before = top
            .offset
            .checked_sub(lines.len() as u64)
            .ok_or("it has more publications than the topic")?;
        let events = (before + 1..)
            .zip(lines)
            .map(|(offset, line)| Measured::read(Position { offset, ..top }, line))
            .collect::<Result<_, _>>()?;
        Ok(Self { top, events })
    }

    /// Where the topic stood before it.
    pub(super) fn before(&self) -> Position {
        Position { offset: self.top.offset - self.events.len() as u64, ..self.top }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::change::{Body, Publication, Source};

    fn line(id: i64) -> String {
        let source = Source { log: Uuid::from_u128(1), id, part: 0 };
        Publication { source, body: Body::Reset }.encode()
    }

    #[test]
    fn the_last_line_stands_at_the_top() {
        let message = format!("00000000000000ff 9\n{}\n{}", line(1), line(2));
        let announcement = Announcement::read(message.as_bytes()).expect("it is well formed");
        assert_eq!(announcement.before(), Position { epoch: 255, offset: 7 });
        let offsets: Vec<u64> =
            announcement.events.iter().map(|one| one.event.position.offset).collect();
        assert_eq!(offsets, [8, 9]);
        assert_eq!(announcement.events[1].event.publication.source.id, 2);
        assert_eq!(announcement.events[1].bytes, line(2).len());
    }

    #[test]
    fn a_head_alone_is_complete() {
        let announcement = Announcement::read(b"00000000000000ff 0").expect("it is well formed");
        assert_eq!(announcement.before(), announcement.top);
    }

    #[test]
    fn anything_else_is_refused() {
        let messages = [
            "",
            "ff",
            "ff 1 2",
            "x 1",
            "ff x",
            "ff 1\n{}",
            "ff 1\n",
            "ff -1",
            "\n\n",
            "\u{1F409}",
            "ff 18446744073709551615",
        ];
        for message in messages {
            assert!(Announcement::read(message.as_bytes()).is_err(), "{message:?}");
        }
        let more = format!("ff 1\n{}\n{}", line(1), line(2));
        assert!(Announcement::read(more.as_bytes()).is_err());
        assert!(Announcement::read(&[0xff, 0xfe, b'\n', 0xff]).is_err());
    }
}
