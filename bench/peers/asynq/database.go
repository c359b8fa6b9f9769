package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"orders/bench/settings"
)

const createTable = `CREATE TABLE IF NOT EXISTS orders (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
	item VARCHAR(255) NOT NULL,
	quantity INT NOT NULL,
	price DECIMAL(12, 2) NOT NULL,
	status ENUM('pending', 'processing', 'completed') NOT NULL,
	created_at DATETIME(3) NOT NULL,
	updated_at DATETIME(3) NOT NULL
)`

// openDatabase opens a pool of this many connections and makes the table of the orders where there is none.
func openDatabase(ctx context.Context, connections int) (*sql.DB, error) {
	text, err := settings.Text("MYSQL_URL")
	if err != nil {
		return nil, err
	}
	config, err := driverConfig(text)
	if err != nil {
		return nil, fmt.Errorf("MYSQL_URL: %w", err)
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	// As the driver's README advises: as many idle connections as open ones, and none older than MySQL likes.
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxLifetime(3 * time.Minute)
	if _, err := db.ExecContext(ctx, createTable); err != nil {
		return nil, err
	}
	return db, nil
}

func driverConfig(text string) (*mysql.Config, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", parsed.Host
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.DBName = strings.TrimPrefix(parsed.Path, "/")
	config.ParseTime = true
	// One round trip for a statement with values; without, the driver prepares and closes it each time.
	config.InterpolateParams = true
	return config, nil
}
