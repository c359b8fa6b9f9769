module orders/worker

go 1.25.0
