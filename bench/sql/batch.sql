-- Many facts of one kind in one statement; the three kinds of a batch go in one transaction and
-- one round trip, creations first. Each row stands for itself: one that breaks a rule is answered
-- with nothing and leaves the others alone. Rows are locked units before lots, each in the order
-- of their ids, so two batches cannot deadlock.

CREATE FUNCTION create_units(commands uuid[], serials text[], part_number text, order_code text,
    by_whom text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    the_part int;
    the_order int;
BEGIN
    SELECT id INTO the_part FROM part WHERE number = part_number AND by_serial;
    IF NOT FOUND THEN RAISE EXCEPTION 'no part % is defined', part_number; END IF;
    SELECT id INTO the_order FROM work_order WHERE code = order_code AND part_id = the_part;
    IF NOT FOUND THEN RAISE EXCEPTION 'no order % for % is defined', order_code, part_number; END IF;
    RETURN QUERY
    WITH asked AS (
        SELECT a.command, a.serial, f.position AS before
        FROM unnest(commands, serials) AS a (command, serial)
        LEFT JOIN fact f ON f.command_id = a.command
    ), fresh AS MATERIALIZED (
        SELECT command, serial, nextval('fact_position') AS position, nextval('item_id') AS item_id
        FROM asked
        WHERE before IS NULL AND NOT EXISTS (SELECT FROM identifier i
            WHERE i.value = serial AND i.scheme = 'serialNumber')
    ), named AS (
        INSERT INTO identifier SELECT 'serialNumber', serial, item_id, position FROM fresh
    ), made AS (
        INSERT INTO unit (id, part_id, order_id, last_position)
        SELECT item_id, the_part, the_order, position FROM fresh
    ), told AS (
        INSERT INTO fact (position, command_id, kind, item_id, item_sequence, performed_at,
            order_id, recorded_by)
        SELECT position, command, 'create', item_id, 1, now(), the_order, by_whom FROM fresh
    )
    SELECT before FROM asked WHERE before IS NOT NULL UNION ALL SELECT position FROM fresh;
END $$;

CREATE FUNCTION install_lots(commands uuid[], serials text[], lot_codes text[],
    quantities numeric[], by_whom text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM unit WHERE id IN (SELECT item_id FROM identifier
        WHERE value = ANY (serials) AND scheme = 'serialNumber') ORDER BY id FOR NO KEY UPDATE;
    PERFORM FROM lot WHERE id IN (SELECT item_id FROM identifier
        WHERE value = ANY (lot_codes) AND scheme = 'lotCode') ORDER BY id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.*, f.position AS before
        FROM unnest(commands, serials, lot_codes, quantities) WITH ORDINALITY
            AS a (command, serial, lot_code, quantity, number)
        LEFT JOIN fact f ON f.command_id = a.command
    ), fit AS MATERIALIZED (
        SELECT a.command, a.number, a.quantity, u.id AS unit_id, u.order_id, u.fact_count,
            u.last_position, l.id AS lot_id, l.quantity_left,
            sum(a.quantity) OVER (PARTITION BY l.id ORDER BY a.number) AS taken,
            row_number() OVER (PARTITION BY u.id ORDER BY a.number) AS nth
        FROM asked a
        JOIN identifier ui ON ui.value = a.serial AND ui.scheme = 'serialNumber'
        JOIN unit u ON u.id = ui.item_id AND u.whereabouts = 'in process'
        JOIN identifier li ON li.value = a.lot_code AND li.scheme = 'lotCode'
        JOIN lot l ON l.id = li.item_id AND l.whereabouts = 'in stock' AND l.accepted
            AND (l.expires_at IS NULL OR l.expires_at >= now())
        JOIN bom_line b ON b.parent_part_id = u.part_id AND b.part_id = l.part_id
        WHERE a.before IS NULL AND a.quantity > 0
            AND NOT EXISTS (SELECT FROM hold h WHERE h.item_id = u.id AND h.lifted_at IS NULL)
            AND NOT EXISTS (SELECT FROM hold h WHERE h.item_id = l.id AND h.lifted_at IS NULL)
            -- What nothing went into cannot contain the unit; other lots go one by one.
            AND NOT EXISTS (SELECT FROM edge e WHERE e.output_id = l.id)
    ), fresh AS MATERIALIZED (
        SELECT *, nextval('fact_position') AS position FROM fit WHERE taken <= quantity_left
        ORDER BY number
    ), lots AS (
        UPDATE lot SET quantity_left = lot.quantity_left - t.quantity,
            fact_count = lot.fact_count + t.count
        FROM (SELECT lot_id, sum(quantity) AS quantity, count(*) AS count FROM fresh
            GROUP BY lot_id) t
        WHERE lot.id = t.lot_id
    ), units AS (
        UPDATE unit SET fact_count = unit.fact_count + t.count, last_position = t.position
        FROM (SELECT unit_id, count(*) AS count, max(position) AS position FROM fresh
            GROUP BY unit_id) t
        WHERE unit.id = t.unit_id
    ), told AS (
        INSERT INTO fact (position, command_id, kind, item_id, item_sequence, item_previous,
            performed_at, order_id, recorded_by)
        SELECT position, command, 'install', unit_id, fact_count + nth,
            coalesce(lag(position) OVER (PARTITION BY unit_id ORDER BY number), last_position),
            now(), order_id, by_whom
        FROM fresh
    ), edges AS (
        INSERT INTO edge
        SELECT lot_id, unit_id, 'installed', quantity, now(), position FROM fresh
    )
    SELECT before FROM asked WHERE before IS NOT NULL UNION ALL SELECT position FROM fresh;
END $$;

CREATE FUNCTION do_steps(commands uuid[], serials text[], the_station text, the_equipment text,
    the_person text, operations text[], measure text, measured_unit text, measured numeric[],
    low numeric, high numeric, by_whom text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM station WHERE code = the_station)
            OR NOT EXISTS (SELECT FROM equipment WHERE code = the_equipment)
            OR NOT EXISTS (SELECT FROM person WHERE code = the_person) THEN
        RAISE EXCEPTION '%, % or % is not defined', the_station, the_equipment, the_person;
    END IF;
    IF low > high THEN RAISE EXCEPTION 'the limits of % are crossed', measure; END IF;
    PERFORM FROM unit WHERE id IN (SELECT item_id FROM identifier
        WHERE value = ANY (serials) AND scheme = 'serialNumber') ORDER BY id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.*, f.position AS before
        FROM unnest(commands, serials, operations, measured) WITH ORDINALITY
            AS a (command, serial, operation, value, number)
        LEFT JOIN fact f ON f.command_id = a.command
    ), fresh AS MATERIALIZED (
        SELECT a.*, u.id AS unit_id, u.order_id, u.fact_count, u.last_position,
            row_number() OVER (PARTITION BY u.id ORDER BY a.number) AS nth,
            nextval('fact_position') AS position
        FROM asked a
        JOIN identifier i ON i.value = a.serial AND i.scheme = 'serialNumber'
        JOIN unit u ON u.id = i.item_id AND u.whereabouts = 'in process'
        WHERE a.before IS NULL AND a.value BETWEEN low AND high
            AND NOT EXISTS (SELECT FROM hold h WHERE h.item_id = u.id AND h.lifted_at IS NULL)
        ORDER BY a.number
    ), units AS (
        UPDATE unit SET fact_count = unit.fact_count + t.count, last_position = t.position
        FROM (SELECT unit_id, count(*) AS count, max(position) AS position FROM fresh
            GROUP BY unit_id) t
        WHERE unit.id = t.unit_id
    ), told AS (
        INSERT INTO fact (position, command_id, kind, item_id, item_sequence, item_previous,
            performed_at, order_id, station, equipment, performed_by, recorded_by, body)
        SELECT position, command, 'step', unit_id, fact_count + nth,
            coalesce(lag(position) OVER (PARTITION BY unit_id ORDER BY number), last_position),
            now(), order_id, the_station, the_equipment, the_person, by_whom,
            jsonb_build_object('operation', operation, 'outcome', 'pass', 'measures',
                jsonb_build_array(jsonb_build_object('name', measure, 'unit', measured_unit,
                    'value', value, 'low', low, 'high', high)))
        FROM fresh
    )
    SELECT before FROM asked WHERE before IS NOT NULL UNION ALL SELECT position FROM fresh;
END $$;
