-- One fact, one function, one round trip, one transaction.
--
-- Each looks first whether its command was taken before and then gives the same answer: the
-- position. Rows are locked unit before lot, and one of each at most, so nothing can deadlock.
-- A refusal is an error that says what was wrong.

CREATE FUNCTION create_unit(command uuid, serial text, part_number text, order_code text,
    by_whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    the_part int;
    the_order int;
    unit_id bigint;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    SELECT id INTO the_part FROM part WHERE number = part_number AND by_serial;
    IF NOT FOUND THEN RAISE EXCEPTION 'no part % is defined', part_number; END IF;
    SELECT id INTO the_order FROM work_order WHERE code = order_code AND part_id = the_part;
    IF NOT FOUND THEN RAISE EXCEPTION 'no order % for % is defined', order_code, part_number; END IF;
    answer := nextval('fact_position');
    unit_id := nextval('item_id');
    -- Its primary key refuses a serial that was given before.
    INSERT INTO identifier VALUES ('serialNumber', serial, unit_id, answer);
    INSERT INTO unit (id, part_id, order_id, last_position)
        VALUES (unit_id, the_part, the_order, answer);
    INSERT INTO fact (position, command_id, kind, item_id, item_sequence, performed_at, order_id,
            recorded_by)
        VALUES (answer, command, 'create', unit_id, 1, now(), the_order, by_whom);
    RETURN answer;
END $$;

CREATE FUNCTION install_lot(command uuid, serial text, lot_code text, how_many numeric,
    by_whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    the_unit unit;
    the_lot lot;
    unit_id bigint;
    lot_id bigint;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    IF how_many <= 0 THEN RAISE EXCEPTION 'quantity is %', how_many; END IF;
    SELECT item_id INTO unit_id FROM identifier WHERE value = serial AND scheme = 'serialNumber';
    SELECT item_id INTO lot_id FROM identifier WHERE value = lot_code AND scheme = 'lotCode';
    SELECT * INTO the_unit FROM unit WHERE id = unit_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no unit is called %', serial; END IF;
    IF the_unit.whereabouts <> 'in process' THEN
        RAISE EXCEPTION '% is %', serial, the_unit.whereabouts;
    END IF;
    SELECT * INTO the_lot FROM lot WHERE id = lot_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no lot is called %', lot_code; END IF;
    IF the_lot.whereabouts <> 'in stock' THEN
        RAISE EXCEPTION '% is %', lot_code, the_lot.whereabouts;
    END IF;
    IF NOT the_lot.accepted THEN RAISE EXCEPTION '% is not accepted', lot_code; END IF;
    IF the_lot.expires_at < now() THEN RAISE EXCEPTION '% is expired', lot_code; END IF;
    IF the_lot.quantity_left < how_many THEN
        RAISE EXCEPTION '% has only % left', lot_code, the_lot.quantity_left;
    END IF;
    IF EXISTS (SELECT FROM hold WHERE item_id IN (unit_id, lot_id) AND lifted_at IS NULL) THEN
        RAISE EXCEPTION '% or % is on hold', serial, lot_code;
    END IF;
    IF NOT EXISTS (SELECT FROM bom_line
            WHERE parent_part_id = the_unit.part_id AND part_id = the_lot.part_id) THEN
        RAISE EXCEPTION '% is not on the bill of material of %', lot_code, serial;
    END IF;
    -- What nothing went into cannot contain the unit.
    IF EXISTS (SELECT FROM edge WHERE output_id = lot_id) AND EXISTS (
        WITH RECURSIVE inside (id) AS (
            SELECT lot_id UNION SELECT e.input_id FROM inside i JOIN edge e ON e.output_id = i.id)
        SELECT FROM inside WHERE id = unit_id) THEN
        RAISE EXCEPTION '% would contain itself', serial;
    END IF;
    answer := nextval('fact_position');
    UPDATE lot SET quantity_left = quantity_left - how_many, fact_count = fact_count + 1
        WHERE id = lot_id;
    UPDATE unit SET fact_count = fact_count + 1, last_position = answer WHERE id = unit_id;
    INSERT INTO fact (position, command_id, kind, item_id, item_sequence, item_previous,
            performed_at, order_id, recorded_by)
        VALUES (answer, command, 'install', unit_id, the_unit.fact_count + 1,
            the_unit.last_position, now(), the_unit.order_id, by_whom);
    INSERT INTO edge VALUES (lot_id, unit_id, 'installed', how_many, now(), answer);
    RETURN answer;
END $$;

CREATE FUNCTION do_step(command uuid, serial text, the_station text, the_equipment text,
    the_person text, operation text, measure text, measured_unit text, value numeric, low numeric,
    high numeric, by_whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    the_unit unit;
    unit_id bigint;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    IF NOT EXISTS (SELECT FROM station WHERE code = the_station)
            OR NOT EXISTS (SELECT FROM equipment WHERE code = the_equipment)
            OR NOT EXISTS (SELECT FROM person WHERE code = the_person) THEN
        RAISE EXCEPTION '%, % or % is not defined', the_station, the_equipment, the_person;
    END IF;
    IF low > high THEN RAISE EXCEPTION 'the limits of % are crossed', measure; END IF;
    IF value < low OR value > high THEN
        RAISE EXCEPTION '% at % is outside its limits', measure, value;
    END IF;
    SELECT item_id INTO unit_id FROM identifier WHERE identifier.value = serial
        AND scheme = 'serialNumber';
    SELECT * INTO the_unit FROM unit WHERE id = unit_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no unit is called %', serial; END IF;
    IF the_unit.whereabouts <> 'in process' THEN
        RAISE EXCEPTION '% is %', serial, the_unit.whereabouts;
    END IF;
    IF EXISTS (SELECT FROM hold WHERE item_id = unit_id AND lifted_at IS NULL) THEN
        RAISE EXCEPTION '% is on hold', serial;
    END IF;
    answer := nextval('fact_position');
    UPDATE unit SET fact_count = fact_count + 1, last_position = answer WHERE id = unit_id;
    INSERT INTO fact (position, command_id, kind, item_id, item_sequence, item_previous,
            performed_at, order_id, station, equipment, performed_by, recorded_by, body)
        VALUES (answer, command, 'step', unit_id, the_unit.fact_count + 1, the_unit.last_position,
            now(), the_unit.order_id, the_station, the_equipment, the_person, by_whom,
            jsonb_build_object('operation', operation, 'outcome', 'pass', 'measures',
                jsonb_build_array(jsonb_build_object('name', measure, 'unit', measured_unit,
                    'value', value, 'low', low, 'high', high))));
    RETURN answer;
END $$;
