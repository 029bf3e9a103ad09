/* ---
title: Flights
--- */
PIVOT metrics._Salaries ON origin IN ('JFK') USING count(*)
