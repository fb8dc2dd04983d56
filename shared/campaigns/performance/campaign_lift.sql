-- What the members of each campaign spent and ordered around its send, counted orders and returns as they
-- are now: until one window before the send (`past`), in the window before it (`recent`), and from the
-- send until the window ends or `now` (`during`). `past` begins @before_days days before the send. A
-- window is `window_days` times 24 hours. Orders dated ahead of `now` are left out. Members without any
-- order spent nothing: each stays in the arm that was drawn.
--
-- Rows: one per organisation and campaign. Loads may repeat members, who count once.
--   members  how many are known here
--   spends   an entry per different member: segment, 1 for held out and 0 for treated, cents in past,
--            recent and during, orders in the three, and how many members have the same. `,` is between
--            its values and `;` between entries. Of the first @most_members by key
--   days     an entry per local day of the window with orders: orders and cents of the treated, then of the
--            held out, of the same members
-- Both lists are null before the send, and of campaigns beyond @most_members_a_night members of their
-- organisation, the last sent being first.
WITH
  asked AS (
    SELECT
      org_id,
      JSON_VALUE(campaign, '$.id') AS campaign_id,
      JSON_VALUE(campaign, '$.generation') AS generation,
      TIMESTAMP_MICROS(CAST(JSON_VALUE(campaign, '$.sent_at') AS INT64)) AS sent_at,
      CAST(JSON_VALUE(campaign, '$.window_days') AS INT64) * 24 AS window_hours
    FROM asked_organizations
    CROSS JOIN UNNEST(JSON_QUERY_ARRAY(organization, '$.campaigns')) AS campaign
  ),
  members AS (
    SELECT
      asked.org_id,
      asked.campaign_id,
      asked.sent_at,
      asked.window_hours,
      campaign_members.customer_key,
      MAX(IF(campaign_members.held_out, 1, 0)) AS held_out,
      MAX(IFNULL(campaign_members.segment, '')) AS segment
    FROM campaign_members
    JOIN asked
      ON
        asked.org_id = campaign_members.org_id
        AND asked.campaign_id = campaign_members.campaign_id
        AND asked.generation = campaign_members.generation
    WHERE
      (@all_organizations OR campaign_members.org_id IN UNNEST(@org_ids))
      AND campaign_members.frozen_at >= TIMESTAMP_SUB(@now, INTERVAL @asked_days DAY)
    GROUP BY
      asked.org_id,
      asked.campaign_id,
      asked.sent_at,
      asked.window_hours,
      campaign_members.customer_key
  ),
  sizes AS (
    SELECT org_id, campaign_id, sent_at, COUNT(*) AS members
    FROM members
    GROUP BY org_id, campaign_id, sent_at
  ),
  measured AS (
    SELECT org_id, campaign_id
    FROM (
      SELECT
        org_id,
        campaign_id,
        SUM(LEAST(members, @most_members)) OVER (
          PARTITION BY org_id
          ORDER BY sent_at DESC, campaign_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS members_so_far
      FROM sizes
      WHERE sent_at <= @now
    )
    WHERE members_so_far <= @most_members_a_night
  ),
  numbered AS (
    SELECT
      members.org_id,
      members.campaign_id,
      members.sent_at,
      members.window_hours,
      members.customer_key,
      members.held_out,
      members.segment,
      ROW_NUMBER() OVER (
        PARTITION BY members.org_id, members.campaign_id
        ORDER BY members.customer_key
      ) AS place
    FROM members
    JOIN measured
      ON measured.org_id = members.org_id AND measured.campaign_id = members.campaign_id
  ),
  placed AS (
    SELECT
      customers.org_id,
      customers.customer_key,
      dealing.ordered_at,
      dealing.local_date,
      dealing.amount_cents,
      IF(dealing.is_return, 0, 1) AS orders
    FROM customers
    CROSS JOIN UNNEST(customers.history) AS dealing
    WHERE dealing.ordered_at <= @now
  ),
  dealings AS (
    SELECT
      numbered.org_id,
      numbered.campaign_id,
      numbered.customer_key,
      numbered.held_out,
      placed.local_date,
      placed.amount_cents,
      placed.orders,
      CASE
        WHEN placed.ordered_at >= numbered.sent_at THEN 'during'
        WHEN
          placed.ordered_at >= TIMESTAMP_SUB(numbered.sent_at, INTERVAL window_hours HOUR)
          THEN 'recent'
        ELSE 'past'
      END AS stretch
    FROM numbered
    JOIN placed
      ON placed.org_id = numbered.org_id AND placed.customer_key = numbered.customer_key
    WHERE
      numbered.place <= @most_members
      AND placed.ordered_at >= TIMESTAMP_SUB(numbered.sent_at, INTERVAL @before_days DAY)
      AND placed.ordered_at < TIMESTAMP_ADD(numbered.sent_at, INTERVAL window_hours HOUR)
  ),
  sums AS (
    SELECT
      org_id,
      campaign_id,
      customer_key,
      CAST(SUM(IF(stretch = 'past', amount_cents, 0)) AS INT64) AS past_cents,
      CAST(SUM(IF(stretch = 'recent', amount_cents, 0)) AS INT64) AS recent_cents,
      CAST(SUM(IF(stretch = 'during', amount_cents, 0)) AS INT64) AS during_cents,
      CAST(SUM(IF(stretch = 'past', orders, 0)) AS INT64) AS past_orders,
      CAST(SUM(IF(stretch = 'recent', orders, 0)) AS INT64) AS recent_orders,
      CAST(SUM(IF(stretch = 'during', orders, 0)) AS INT64) AS during_orders
    FROM dealings
    GROUP BY org_id, campaign_id, customer_key
  ),
  described AS (
    SELECT
      numbered.org_id,
      numbered.campaign_id,
      CONCAT(
        numbered.segment, ',',
        numbered.held_out, ',',
        IFNULL(sums.past_cents, 0), ',',
        IFNULL(sums.recent_cents, 0), ',',
        IFNULL(sums.during_cents, 0), ',',
        IFNULL(sums.past_orders, 0), ',',
        IFNULL(sums.recent_orders, 0), ',',
        IFNULL(sums.during_orders, 0)
      ) AS entry
    FROM numbered
    LEFT JOIN sums
      ON
        sums.org_id = numbered.org_id
        AND sums.campaign_id = numbered.campaign_id
        AND sums.customer_key = numbered.customer_key
    WHERE numbered.place <= @most_members
  ),
  counted AS (
    SELECT org_id, campaign_id, CONCAT(entry, ',', COUNT(*)) AS entry
    FROM described
    GROUP BY org_id, campaign_id, entry
  ),
  spends AS (
    SELECT org_id, campaign_id, STRING_AGG(entry, ';' ORDER BY entry) AS spends
    FROM counted
    GROUP BY org_id, campaign_id
  ),
  daily AS (
    SELECT
      org_id,
      campaign_id,
      CONCAT(
        CAST(local_date AS STRING), ',',
        CAST(SUM(IF(held_out = 0, orders, 0)) AS INT64), ',',
        CAST(SUM(IF(held_out = 0, amount_cents, 0)) AS INT64), ',',
        CAST(SUM(IF(held_out = 1, orders, 0)) AS INT64), ',',
        CAST(SUM(IF(held_out = 1, amount_cents, 0)) AS INT64)
      ) AS entry
    FROM dealings
    WHERE stretch = 'during'
    GROUP BY org_id, campaign_id, local_date
  ),
  days AS (
    SELECT org_id, campaign_id, STRING_AGG(entry, ';' ORDER BY entry) AS days
    FROM daily
    GROUP BY org_id, campaign_id
  )
SELECT
  asked.org_id,
  asked.campaign_id,
  UNIX_MICROS(@now) AS now_micros,
  IFNULL(sizes.members, 0) AS members,
  spends.spends,
  days.days
FROM asked
LEFT JOIN sizes ON sizes.org_id = asked.org_id AND sizes.campaign_id = asked.campaign_id
LEFT JOIN spends ON spends.org_id = asked.org_id AND spends.campaign_id = asked.campaign_id
LEFT JOIN days ON days.org_id = asked.org_id AND days.campaign_id = asked.campaign_id
