/* ---
title: One of two that drive each other
owner: maria
unit: flights
drives: [delay]
--- */
SELECT 1 AS value
