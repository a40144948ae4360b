//! What every broker promises, whatever it is made of.
//!
//! Each function is a test; [`contract!`] makes the tests of one broker of them.

mod announcing;
mod history;
mod listening;
mod publishing;

use std::sync::Arc;

use dragon::broker::{Broker, Limits};

pub(crate) use announcing::*;
pub(crate) use history::*;
pub(crate) use listening::*;
pub(crate) use publishing::*;

/// Two nodes of one namespace in which nothing has been published.
pub(crate) struct Nodes {
    pub(crate) one: Arc<dyn Broker>,
    pub(crate) two: Arc<dyn Broker>,
}

/// Makes nodes whose topics keep that much.
pub(crate) trait Make: AsyncFn(Limits) -> Nodes {}

impl<F: AsyncFn(Limits) -> Nodes> Make for F {}

/// A test per promise; the argument is an `async fn(Limits) -> Nodes`.
macro_rules! contract {
    ($make:path) => {
        contract! { $make:
            positions_count_up_in_the_order_of_publishing,
            a_batch_stays_together_among_concurrent_publishers,
            a_large_batch_arrives_whole,
            what_is_published_again_is_dropped,
            a_later_relay_that_publishes_again_is_answered_the_old_positions,
            a_batch_larger_than_the_history_is_known_when_it_comes_again,
            an_older_generation_is_refused,
            generations_count_per_topic,
            an_empty_batch_checks_the_fence,
            a_fence_within_the_history_changes_nothing,
            a_fence_ahead_of_the_history_begins_an_epoch,
            a_fence_of_another_epoch_begins_an_epoch,
            an_epoch_without_events_serves_as_a_new_one,
            the_same_fence_again_finds_the_epoch_that_it_began,
            history_is_bounded_by_count,
            history_is_bounded_by_bytes,
            the_top_of_a_fresh_topic_is_the_start_of_an_epoch,
            since_gives_everything_after_a_position,
            since_gives_more_than_a_page,
            since_a_position_that_cannot_be_known_is_a_gap,
            since_across_a_reset_is_a_gap,
            a_listener_hears_from_the_call_on,
            a_listener_that_waits_is_woken,
            a_listener_hears_only_its_topics,
            all_listeners_hear_all,
            a_listener_that_leaves_is_not_missed,
            a_slow_listener_blocks_nobody_and_is_told_of_a_gap,
            a_new_epoch_is_a_gap_for_listeners,
            a_reset_is_delivered,
            a_nudge_reaches_all_nodes,
            changed_rights_reach_all_nodes,
            changed_rights_are_not_lost_to_a_slow_listener,
            the_stream_ends_with_the_broker,
            an_announcement_reaches_all_nodes_in_its_order,
            an_announcement_is_in_no_history,
            what_was_published_before_an_announcement_comes_before_it,
            a_listener_that_is_too_slow_for_data_hears_the_rest,
        }
    };
    ($make:path: $($promise:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            $crate::contract::$promise($make).await;
        }
    )+};
}

pub(crate) use contract;
