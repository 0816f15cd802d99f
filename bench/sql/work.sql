-- Work by an instruction, as a good engineer would keep it by hand: what is open, what a step
-- demands, what was taken, and a gate that closes when all is there.

CREATE TABLE instruction_step (
    operation text NOT NULL,
    ordinal int NOT NULL,
    step text NOT NULL,
    PRIMARY KEY (operation, ordinal)
);
CREATE TABLE instruction_capture (
    operation text NOT NULL,
    step text NOT NULL,
    capture text NOT NULL,
    measured_unit text NOT NULL,
    low numeric NOT NULL,
    high numeric NOT NULL,
    decimals int NOT NULL,
    PRIMARY KEY (operation, step, capture)
);
CREATE TABLE qualification (
    person text NOT NULL,
    operation text NOT NULL,
    until_at timestamptz,
    has_read boolean NOT NULL,
    PRIMARY KEY (person, operation)
);
CREATE TABLE equipment_check (
    equipment text PRIMARY KEY,
    station text NOT NULL,
    good boolean NOT NULL,
    due_at timestamptz
);

-- The open step changes with every gate; no index sees it.
CREATE TABLE execution (
    id bigint PRIMARY KEY,
    item_id bigint NOT NULL,
    operation text NOT NULL,
    station text NOT NULL,
    person text NOT NULL,
    open_step int NOT NULL DEFAULT 1,
    completed bigint
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX execution_open_by_item ON execution (item_id) WHERE completed IS NULL;

CREATE TABLE taken (
    position bigint NOT NULL,
    execution_id bigint NOT NULL,
    step text NOT NULL,
    capture text NOT NULL,
    value numeric NOT NULL,
    good boolean NOT NULL
);
CREATE INDEX taken_by_execution ON taken (execution_id, step);

-- The facts on a unit have numbers of their own; its row is locked with it.
CREATE FUNCTION note(command uuid, what text, unit_id bigint, at_station text, with_what text,
    who text, by_whom text, said jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    the_unit unit;
BEGIN
    SELECT * INTO the_unit FROM unit WHERE id = unit_id FOR NO KEY UPDATE;
    IF the_unit.whereabouts <> 'in process' THEN
        RAISE EXCEPTION '% is %', unit_id, the_unit.whereabouts;
    END IF;
    IF EXISTS (SELECT FROM hold WHERE item_id = unit_id AND lifted_at IS NULL) THEN
        RAISE EXCEPTION '% is on hold', unit_id;
    END IF;
    answer := nextval('fact_position');
    UPDATE unit SET fact_count = fact_count + 1, last_position = answer WHERE id = unit_id;
    INSERT INTO fact (position, command_id, kind, item_id, item_sequence, item_previous,
            performed_at, order_id, station, equipment, performed_by, recorded_by, body)
        VALUES (answer, command, what, unit_id, the_unit.fact_count + 1, the_unit.last_position,
            now(), the_unit.order_id, at_station, with_what, who, by_whom, said);
    RETURN answer;
END $$;

CREATE FUNCTION start_work(command uuid, serial text, the_operation text, at_station text,
    who text, by_whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    unit_id bigint;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    SELECT item_id INTO unit_id FROM identifier WHERE value = serial AND scheme = 'serialNumber';
    IF NOT FOUND THEN RAISE EXCEPTION 'no unit is called %', serial; END IF;
    IF NOT EXISTS (SELECT FROM station WHERE code = at_station) THEN
        RAISE EXCEPTION '% is not defined', at_station;
    END IF;
    IF NOT EXISTS (SELECT FROM qualification q WHERE q.person = who AND q.operation = the_operation
            AND q.has_read AND (q.until_at IS NULL OR q.until_at > now())) THEN
        RAISE EXCEPTION '% may not do %', who, the_operation;
    END IF;
    IF EXISTS (SELECT FROM execution e WHERE e.item_id = unit_id AND e.operation = the_operation
            AND e.completed IS NOT NULL) THEN
        RAISE EXCEPTION '% has passed %', serial, the_operation;
    END IF;
    answer := note(command, 'start', unit_id, at_station, NULL, who, by_whom,
        jsonb_build_object('operation', the_operation));
    -- The unique index refuses a second execution on the unit.
    INSERT INTO execution (id, item_id, operation, station, person)
        VALUES (answer, unit_id, the_operation, at_station, who);
    RETURN answer;
END $$;

CREATE FUNCTION take_value(command uuid, the_execution bigint, the_step text, the_capture text,
    the_value numeric, the_unit text, at_station text, with_what text, who text, by_whom text)
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    work execution;
    demand instruction_capture;
    tool equipment_check;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    SELECT * INTO work FROM execution WHERE id = the_execution FOR NO KEY UPDATE;
    IF NOT FOUND OR work.completed IS NOT NULL THEN
        RAISE EXCEPTION 'execution % is not open', the_execution;
    END IF;
    IF work.station <> at_station OR work.person <> who THEN
        RAISE EXCEPTION '% at % does not do this work', who, at_station;
    END IF;
    IF NOT EXISTS (SELECT FROM qualification q WHERE q.person = who AND q.operation = work.operation
            AND q.has_read AND (q.until_at IS NULL OR q.until_at > now())) THEN
        RAISE EXCEPTION '% may not do %', who, work.operation;
    END IF;
    IF NOT EXISTS (SELECT FROM instruction_step s WHERE s.operation = work.operation
            AND s.ordinal = work.open_step AND s.step = the_step) THEN
        RAISE EXCEPTION 'step % is not open', the_step;
    END IF;
    SELECT * INTO demand FROM instruction_capture c
        WHERE c.operation = work.operation AND c.step = the_step AND c.capture = the_capture;
    IF NOT FOUND THEN RAISE EXCEPTION '% is not demanded', the_capture; END IF;
    IF demand.measured_unit <> the_unit THEN RAISE EXCEPTION '% is not in %', the_capture, the_unit;
    END IF;
    IF scale(the_value) < demand.decimals THEN RAISE EXCEPTION '% has too few digits', the_value;
    END IF;
    SELECT * INTO tool FROM equipment_check WHERE equipment = with_what;
    IF NOT FOUND OR NOT tool.good OR tool.due_at < now() OR tool.station <> at_station THEN
        RAISE EXCEPTION '% is not fit', with_what;
    END IF;
    IF EXISTS (SELECT FROM taken t WHERE t.execution_id = the_execution AND t.step = the_step
            AND t.capture = the_capture AND t.good) THEN
        RAISE EXCEPTION '% is there already', the_capture;
    END IF;
    answer := note(command, 'take', work.item_id, at_station, with_what, who, by_whom,
        jsonb_build_object('execution', the_execution, 'step', the_step, 'capture', the_capture,
            'value', the_value, 'unit', the_unit));
    INSERT INTO taken VALUES (answer, the_execution, the_step, the_capture, the_value,
        the_value BETWEEN demand.low AND demand.high);
    RETURN answer;
END $$;

CREATE FUNCTION close_step(command uuid, the_execution bigint, the_step text, at_station text,
    who text, by_whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
    work execution;
    inputs bigint[];
    is_last boolean;
BEGIN
    SELECT position INTO answer FROM fact WHERE command_id = command;
    IF FOUND THEN RETURN answer; END IF;
    SELECT * INTO work FROM execution WHERE id = the_execution FOR NO KEY UPDATE;
    IF NOT FOUND OR work.completed IS NOT NULL THEN
        RAISE EXCEPTION 'execution % is not open', the_execution;
    END IF;
    IF work.station <> at_station OR work.person <> who THEN
        RAISE EXCEPTION '% at % does not do this work', who, at_station;
    END IF;
    IF NOT EXISTS (SELECT FROM instruction_step s WHERE s.operation = work.operation
            AND s.ordinal = work.open_step AND s.step = the_step) THEN
        RAISE EXCEPTION 'step % is not open', the_step;
    END IF;
    IF EXISTS (SELECT FROM instruction_capture c WHERE c.operation = work.operation
            AND c.step = the_step AND NOT EXISTS (SELECT FROM taken t
                WHERE t.execution_id = the_execution AND t.step = the_step
                AND t.capture = c.capture AND t.good)) THEN
        RAISE EXCEPTION 'step % misses something', the_step;
    END IF;
    SELECT array_agg(position) INTO inputs FROM taken
        WHERE execution_id = the_execution AND step = the_step AND good;
    is_last := NOT EXISTS (SELECT FROM instruction_step s WHERE s.operation = work.operation
        AND s.ordinal > work.open_step);
    answer := note(command, 'close', work.item_id, at_station, NULL, who, by_whom,
        jsonb_build_object('execution', the_execution, 'step', the_step, 'inputs', inputs));
    UPDATE execution SET open_step = open_step + 1,
            completed = CASE WHEN is_last THEN answer END
        WHERE id = the_execution;
    IF is_last THEN
        PERFORM note(gen_random_uuid(), 'step', work.item_id, at_station, NULL, who, by_whom,
            (SELECT jsonb_build_object('operation', work.operation, 'outcome', 'pass', 'measures',
                jsonb_agg(jsonb_build_object('name', capture, 'value', value)))
                FROM taken WHERE execution_id = the_execution AND good));
    END IF;
    RETURN answer;
END $$;

INSERT INTO instruction_step
    SELECT 'OP10', s, 'S' || s FROM generate_series(1, 6) s;
INSERT INTO instruction_capture
    SELECT 'OP10', 'S' || s, 'm' || c, 'N·m', 1.00, 1.50, 2
    FROM generate_series(1, 6) s CROSS JOIN generate_series(1, 4) c;
INSERT INTO qualification VALUES ('p-1', 'OP10', NULL, true);
INSERT INTO equipment_check VALUES ('TW-1', 'ST-1', true, now() + interval '1 year');
ANALYZE;
