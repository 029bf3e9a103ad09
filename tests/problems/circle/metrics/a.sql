/* ---
title: A
--- */
SELECT flight_date, value FROM metrics.b
