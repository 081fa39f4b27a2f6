-- How reports, exports and amounts are rounded unless it is asked otherwise; NULL: not at all.
ALTER TABLE billing_settings
  ADD COLUMN rounding_mode    text,
  ADD COLUMN rounding_minutes smallint,
  ADD CONSTRAINT default_rounding_has_mode_and_minutes
    CHECK ((rounding_mode IS NULL) = (rounding_minutes IS NULL)),
  ADD CONSTRAINT default_rounding_mode_is_known
    CHECK (rounding_mode IN ('up', 'down', 'nearest')),
  ADD CONSTRAINT default_rounding_minutes_divide_an_hour
    CHECK (rounding_minutes IN (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60));
