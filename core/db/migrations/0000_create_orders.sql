-- Each statement can run again: MySQL commits DDL at once, so a migration that was interrupted begins anew.
CREATE TABLE IF NOT EXISTS `order_counts` (
	`id` tinyint unsigned NOT NULL,
	`counts` json NOT NULL,
	`as_of` datetime(3) NOT NULL,
	CONSTRAINT `order_counts_id` PRIMARY KEY(`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `order_events` (
	`order_id` binary(16) NOT NULL,
	`seq` int unsigned NOT NULL,
	`status` enum('scheduled','pending','processing','completed','failed','cancelled') NOT NULL,
	`attempt` int unsigned NOT NULL,
	`at` datetime(3) NOT NULL,
	`reason` varchar(1000),
	`worker_id` varchar(64),
	CONSTRAINT `order_events_order_id_seq_pk` PRIMARY KEY(`order_id`,`seq`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `order_totals` (
	`status` enum('scheduled','pending','processing','completed','failed','cancelled') NOT NULL,
	`part` tinyint unsigned NOT NULL,
	`total` bigint NOT NULL,
	CONSTRAINT `order_totals_status_part_pk` PRIMARY KEY(`status`,`part`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `orders` (
	`id` binary(16) NOT NULL,
	`item` varchar(255) NOT NULL,
	`quantity` int unsigned NOT NULL,
	`price` decimal(12,2) NOT NULL,
	`status` enum('scheduled','pending','processing','completed','failed','cancelled') NOT NULL,
	`attempt` int unsigned NOT NULL DEFAULT 0,
	`failures` int unsigned NOT NULL DEFAULT 0,
	`version` int unsigned NOT NULL DEFAULT 0,
	`due_at` datetime(3),
	`run_at` datetime(3),
	`worker_id` varchar(64),
	`attempt_end` enum('completed','failed','released','expired'),
	`reason` varchar(1000),
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	`completed_at` datetime(3),
	`idempotency_key` binary(32),
	`fingerprint` binary(32),
	CONSTRAINT `orders_id` PRIMARY KEY(`id`),
	CONSTRAINT `orders_idempotency_key` UNIQUE(`idempotency_key`),
	INDEX `orders_status_due_at` (`status`,`due_at`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
