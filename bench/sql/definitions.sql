-- What must be known before the first unit: the same as the floor defines.

INSERT INTO party VALUES ('SUP', 'Supplier');
INSERT INTO station VALUES ('ST-1', 'Assembly');
INSERT INTO equipment VALUES ('TW-1', 'Torque driver');
INSERT INTO person VALUES ('p-1', 'Operator');
INSERT INTO part (number, name, by_serial)
    VALUES ('PUMP', 'Pump', true), ('C0', 'Component', false), ('C1', 'Component', false);
INSERT INTO bom_line
    SELECT parent.id, line.id, 1 FROM part parent, part line
    WHERE parent.number = 'PUMP' AND line.number IN ('C0', 'C1');
INSERT INTO work_order (code, part_id, quantity)
    SELECT 'WO-1', id, 1000000 FROM part WHERE number = 'PUMP';
WITH made AS (
    SELECT nextval('item_id') AS id, part.id AS part_id, p AS part, l AS lot
    FROM generate_series(0, 1) p CROSS JOIN generate_series(0, 15) l
    JOIN part ON part.number = 'C' || p
), named AS (
    INSERT INTO identifier
    SELECT 'lotCode', format('L%s-%s', part, lpad(lot::text, 3, '0')), id, nextval('fact_position')
    FROM made
)
INSERT INTO lot (id, part_id, accepted, quantity_left)
SELECT id, part_id, true, 100000000 FROM made;
ANALYZE;
