/* ---
id: operated
--- */
SELECT * FROM flights
