//! The rows of a subscription, with all that it covers, as of one moment.

use std::collections::HashSet;
use std::sync::Arc;

use super::include::Child;
use super::subscribe::{ATTEMPTS, too_many_related, too_much};
use super::{Context, failure, verbs};
use crate::change::{Position, Row};
use crate::hub::{Gate, Member, TooMany};
use crate::model::{Cut, ListQuery, Order, begin_cut, cut};
use crate::protocol::Failure;

/// Where a channel is at that moment.
enum Reached {
    Cut(Cut),
    At(Position),
}

/// Reads the rows of the first part, the subscription's own, with all that they lead to, and where
/// each part is: in one reading transaction, while no channel that looks into other tables is
/// looking. So each of those has told just what is in these rows, and what it tells next follows
/// from them.
pub(super) async fn whole(
    cx: &Context<'_>,
    parts: &[Child],
    gates: &mut [Gate],
    query: &ListQuery,
) -> Result<(Vec<Position>, Vec<String>), Failure> {
    for _ in 0..ATTEMPTS {
        let (reached, objects) = once(cx, parts, gates, query).await?;
        let overflowed = parts.iter().zip(gates.iter());
        if overflowed
            .filter(|(part, _)| part.spec.looking.is_none())
            .any(|(_, one)| one.overflowed())
        {
            gates.iter().for_each(Gate::shut);
            continue;
        }
        let mut positions = Vec::new();
        for (gate, reached) in gates.iter_mut().zip(reached) {
            let cut = match reached {
                Reached::Cut(cut) => cut,
                Reached::At(stored) => Cut { stored, pending: HashSet::new() },
            };
            positions.push(cut.stored);
            gate.ready(cut, Vec::new());
        }
        return Ok((positions, objects));
    }
    Err(too_much())
}

async fn once(
    cx: &Context<'_>,
    parts: &[Child],
    gates: &[Gate],
    query: &ListQuery,
) -> Result<(Vec<Reached>, Vec<String>), Failure> {
    let services = cx.services;
    let refused = |error| failure(&error);
    // Always in the order of the parts, which is that of everybody who covers the same.
    let mut turns = Vec::new();
    for gate in gates {
        turns.push(gate.turn().await);
    }
    let root = &parts[0];
    let (transaction, mut own) =
        begin_cut(&services.db, &services.tables, root.info.name).await.map_err(refused)?;
    let mut read: Vec<Result<Vec<Member>, Cut>> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let spec = &part.spec;
        if spec.looking.is_some() {
            let members = part.members(services);
            let order = if at == 0 { query.order.clone() } else { Order::default() };
            read.push(Ok(members.all_in(&transaction, &order).await.map_err(refused)?));
        } else {
            if at > 0 {
                let name = part.info.name;
                own = cut(&transaction, &services.tables, name).await.map_err(refused)?;
            }
            read.push(Err(own.clone()));
        }
    }
    let objects = match read.first() {
        Some(Ok(members)) => {
            verbs::not_too_many(cx, members.len())?;
            members.iter().filter_map(|member| member.object.clone()).collect()
        }
        _ => {
            let (renderer, db) = (Arc::clone(&root.spec.renderer), (&transaction).into());
            let model = renderer.shared_model();
            let rows = model.list(&db, &root.info, services.database, query).await;
            let rows = rows.map_err(refused)?;
            verbs::not_too_many(cx, rows.len())?;
            let rows: Vec<&Row> = rows.iter().collect();
            renderer.objects(&db, &rows).await.map_err(refused)?
        }
    };
    transaction.commit().await.map_err(refused)?;
    let mut reached = Vec::new();
    for (turn, read) in turns.into_iter().zip(read) {
        reached.push(match (turn, read) {
            (Some(turn), Ok(members)) => {
                Reached::At(turn.load(&members).map_err(|TooMany| too_many_related(cx))?)
            }
            (_, Err(cut)) => Reached::Cut(cut),
            (None, Ok(_)) => return Err(Failure::internal(&"a channel of one table")),
        });
    }
    Ok((reached, objects))
}
