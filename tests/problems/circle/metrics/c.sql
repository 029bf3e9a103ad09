/* ---
title: C
--- */
SELECT flight_date, value
FROM metrics.a
