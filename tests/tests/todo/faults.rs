//! What must hold when processes and servers die: nothing that was acknowledged is lost, nothing
//! is told twice, and every page ends right.

mod end;
mod killed;
mod nodes;
mod office;
mod outages;
mod page;
mod seam;
mod ticker;
