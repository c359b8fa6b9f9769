package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"log"
	"net/http"
	"time"

	"github.com/hibiken/asynq"

	"orders/bench/settings"
)

// With 20 of them fewer commits share a write of MySQL's log: at 64 clients creates were a fifth slower.
const httpConnections = 50

type order struct {
	ID        int64     `json:"id"`
	Item      string    `json:"item"`
	Quantity  int       `json:"quantity"`
	Price     float64   `json:"price"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

type front struct {
	db     *sql.DB
	client *asynq.Client
}

func serve(ctx context.Context) error {
	port, err := settings.Text("PORT_HTTP")
	if err != nil {
		return err
	}
	options, err := redisOptions(httpConnections)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, httpConnections)
	if err != nil {
		return err
	}
	f := front{db: db, client: asynq.NewClient(options)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", f.create)
	mux.HandleFunc("GET /orders", f.list)
	return http.ListenAndServe("127.0.0.1:"+port, mux)
}

func (f front) create(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "the body is not JSON of an order"})
		return
	}
	if o.Item == "" || o.Quantity < 1 || o.Price < 0 {
		answer(w, http.StatusBadRequest, map[string]string{"error": "item, quantity and price are required"})
		return
	}
	if err := f.store(r.Context(), &o); err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusCreated, o)
}

// store writes the order into MySQL and then its task into Redis.
func (f front) store(ctx context.Context, o *order) error {
	o.Status, o.CreatedAt = "pending", time.Now().UTC().Truncate(time.Millisecond)
	o.UpdatedAt = o.CreatedAt
	result, err := f.db.ExecContext(ctx,
		"INSERT INTO orders (item, quantity, price, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
		o.Item, o.Quantity, o.Price, o.Status, o.CreatedAt, o.UpdatedAt)
	if err != nil {
		return err
	}
	if o.ID, err = result.LastInsertId(); err != nil {
		return err
	}
	task, err := newTask(o.ID)
	if err != nil {
		return err
	}
	_, err = f.client.EnqueueContext(ctx, task)
	return err
}

func (f front) list(w http.ResponseWriter, r *http.Request) {
	rows, err := f.db.QueryContext(r.Context(),
		"SELECT id, item, quantity, price, status, created_at, updated_at FROM orders ORDER BY id DESC LIMIT 50")
	if err != nil {
		fail(w, err)
		return
	}
	defer rows.Close()
	orders := []order{}
	for rows.Next() {
		var o order
		if err := rows.Scan(&o.ID, &o.Item, &o.Quantity, &o.Price, &o.Status, &o.CreatedAt, &o.UpdatedAt); err != nil {
			fail(w, err)
			return
		}
		orders = append(orders, o)
	}
	if err := rows.Err(); err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, orders)
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	answer(w, http.StatusInternalServerError, map[string]string{"error": "the order could not be handled"})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}
