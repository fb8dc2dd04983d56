-- A view that no night needs any more. The emulator fails to delete one through the API.
DROP VIEW IF EXISTS `{dataset}.{view}`
