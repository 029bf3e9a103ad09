/* ---
audience: [heads, board]
--- */
SELECT * FROM flights
