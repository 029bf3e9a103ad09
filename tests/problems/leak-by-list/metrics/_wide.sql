/* ---
audience: [board, heads]
--- */
SELECT * FROM metrics._pay
