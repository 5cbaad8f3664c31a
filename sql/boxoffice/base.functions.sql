-- Text as people read it; columns and indexes below are made of these

CREATE OR REPLACE FUNCTION boxoffice.fold_text(value text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'boxoffice_fold_text';
COMMENT ON FUNCTION boxoffice.fold_text IS 'A text as search compares it, whatever the locale of the database: NFKC with full case folding, i with and without its dot alike, and without characters that nobody sees.';
CREATE OR REPLACE FUNCTION boxoffice.cut_grams(value text) RETURNS integer[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'boxoffice_cut_grams';
COMMENT ON FUNCTION boxoffice.cut_grams IS 'Every one, two and three neighbouring characters of a text, each as a number; what the index of search is made of.';

-- Raises where the database has another encoding than UTF8.
SELECT boxoffice.fold_text('');
