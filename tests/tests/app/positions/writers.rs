//! Writers that make life hard: several transactions open at once, some of them rolled back.

use dragon_tests::Database;
use fastrand::Rng;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};

/// Other programs on the app's database.
#[derive(Clone)]
pub struct Writers {
    db: DatabaseConnection,
    lists: Vec<i32>,
}

impl Writers {
    pub async fn new(database: &Database, lists: Vec<i32>) -> Writers {
        // They get in each other's way, and PostgreSQL looks for deadlocks only once a second.
        let quick = match database.file() {
            None => "?options[deadlock_timeout]=10ms",
            Some(_) => "",
        };
        let db = dragon::connect(&format!("{}{quick}", database.url)).await.unwrap();
        Writers { db, lists }
    }

    /// Some transactions of one writer. What the database refuses (a deadlock) is given up.
    pub async fn work(self, mut dice: Rng, transactions: usize) {
        for _ in 0..transactions {
            let _ = self.transaction(&mut dice).await;
            if dice.u8(..4) == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn transaction(&self, dice: &mut Rng) -> Result<(), DbErr> {
        let transaction = self.db.begin().await?;
        for _ in 0..dice.usize(1..=3) {
            transaction.execute_unprepared(&self.statement(dice)).await?;
            if dice.u8(..5) == 0 {
                let savepoint = transaction.begin().await?;
                savepoint.execute_unprepared(&self.statement(dice)).await?;
                match dice.bool() {
                    true => savepoint.commit().await?,
                    false => savepoint.rollback().await?,
                }
            }
            // Others come in between, and commit first.
            if dice.bool() {
                tokio::task::yield_now().await;
            }
        }
        match dice.u8(..6) {
            0 => transaction.rollback().await,
            1 => {
                drop(transaction);
                Ok(())
            }
            _ => transaction.commit().await,
        }
    }

    fn statement(&self, dice: &mut Rng) -> String {
        let list = self.lists[dice.usize(..self.lists.len())];
        let text = ["a", "b", "ab", "c", "abc"][dice.usize(..5)];
        let (rank, done) = (dice.i32(0..20), dice.bool());
        let one = "(SELECT min(id) FROM item WHERE text NOT LIKE 'marker%' AND id % 7 = ";
        let one = format!("{one}{})", dice.u8(..7));
        match dice.u8(..16) {
            0..=3 => format!(
                "INSERT INTO item (list_id, text, rank, done) VALUES ({list}, '{text}', {rank}, {done})"
            ),
            4 => format!(
                "INSERT INTO item (list_id, text, rank, done) VALUES ({list}, '{text}', 1, {done}), \
                 ({list}, '{text}', {rank}, false), ({list}, 'b', {rank}, true)"
            ),
            5 => format!("UPDATE item SET done = {done}, rank = {rank} WHERE id = {one}"),
            6 => format!("UPDATE item SET text = '{text}' WHERE id = {one}"),
            7 => format!("UPDATE item SET list_id = {list} WHERE id = {one}"),
            8 => format!("UPDATE item SET secret = '{rank}' WHERE id = {one}"),
            9 => format!("UPDATE item SET id = id + 1000000 WHERE id = {one} AND id < 1000000"),
            10 => format!("UPDATE item SET rank = rank + 1 WHERE list_id = {list} AND id % 5 = 1"),
            11 => format!("UPDATE item SET done = NOT done WHERE list_id = {list} AND id % 3 = 1"),
            12 => format!("UPDATE item SET list_id = {list} WHERE id % 11 = {}", dice.u8(..11)),
            13 => format!(
                "DELETE FROM item WHERE id % 9 = {} AND text NOT LIKE 'marker%'",
                dice.u8(..9)
            ),
            _ => format!("DELETE FROM item WHERE id = {one}"),
        }
    }

    /// A row that is committed after all that was committed before.
    pub async fn mark(&self, text: &str) {
        let list = self.lists[0];
        // Only one marker is kept, so that lists stay short.
        let sql = format!(
            "DELETE FROM item WHERE text LIKE 'marker%'; \
             INSERT INTO item (list_id, text) VALUES ({list}, '{text}')"
        );
        self.db.execute_unprepared(&sql).await.unwrap();
    }
}
