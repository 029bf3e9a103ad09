/* ---
audience: board
--- */
SELECT * FROM flights
