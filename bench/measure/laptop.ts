/** What is ordered, wherever orders are posted. */
export const laptopBody = JSON.stringify({ item: "Laptop", quantity: 2, price: 1299.99 });
