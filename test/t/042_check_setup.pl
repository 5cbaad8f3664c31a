# check_setup: what is set up as it should be, and each thing that is not, alone. And what a database must be like: of encoding
# UTF8, whatever its locale.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

# The names of what is not right, as this role sees it.
sub complaints {
	my ($node, $database, @parameters) = @_;
	return $node->safe_psql($database // 'postgres',
		q{SELECT coalesce(string_agg(check_name, ' ' ORDER BY check_name), 'none') FROM boxoffice.check_setup() WHERE NOT ok}, @parameters);
}

# What one check says: detail|hint.
sub said {
	my ($node, $check, $database) = @_;
	return $node->safe_psql($database // 'postgres', "SELECT detail, hint FROM boxoffice.check_setup() WHERE check_name = '$check'");
}

my $node = start_server('good', conf => "boxoffice.database = 'postgres'\nfsync = on\nfull_page_writes = on\nsynchronous_commit = on");
$node->safe_psql('postgres', "CREATE ROLE shop LOGIN; CREATE ROLE boss LOGIN; CREATE ROLE watcher LOGIN; CREATE ROLE nobody LOGIN;"
	  . " SELECT boxoffice.grant_access('shop', 'client'), boxoffice.grant_access('boss', 'admin'), boxoffice.grant_access('watcher', 'monitor')");
wait_for_ticks($node, 1);

subtest 'a server as it should be' => sub {
	is(complaints($node), 'none', 'nothing to complain of');
	is( $node->safe_psql('postgres', "SELECT string_agg(check_name, ' ' ORDER BY check_name) FROM boxoffice.check_setup() WHERE hint IS NULL AND detail <> ''"),
		'autovacuum clock_offset durability encoding preloading public_access roles synchronous_commit tables versions worker worker_database',
		'everything was looked at, and needs no hint');
	is(said($node, 'roles'), 'admin: boss; client: shop; monitor: watcher|', 'who has which level');
	is(said($node, 'versions'), 'library 1.0, schema 1.0|', 'the versions');
	like(said($node, 'encoding'), qr/^UTF8, with locale .+\|$/, 'the encoding and the locale');
	is($node->safe_psql('postgres', 'SELECT serves_this_database FROM boxoffice.stat_worker'), 't', 'the view says whom the worker serves');
	for my $case ([ watcher => 'none' ], [ boss => 'none' ], [ shop => undef ], [ nobody => undef ]) {
		my ($role, $expected) = @$case;
		my ($status, $out, $error) = $node->psql('postgres', "SET ROLE $role; SELECT coalesce(min(check_name), 'none') FROM boxoffice.check_setup() WHERE NOT ok");
		is($out, $expected // '', "as $role");
		like($error, qr/permission denied/, "$role may not") unless defined $expected;
	}
};

# Each alone: what makes it wrong, what it says then, what makes it right again.
sub is_noticed {
	my ($check, $wrong, $detail, $right) = @_;
	$node->safe_psql('postgres', $_) for split /;\s*/, $wrong;
	ok($node->poll_query_until('postgres', "SELECT NOT ok FROM boxoffice.check_setup() WHERE check_name = '$check'"), "$check is wrong after $wrong");
	is(complaints($node), $check, 'and nothing else');
	like(said($node, $check), $detail, 'it says why, and what to do');
	$node->safe_psql('postgres', $_) for split /;\s*/, $right;
	ok($node->poll_query_until('postgres', "SELECT ok AND hint IS NULL FROM boxoffice.check_setup() WHERE check_name = '$check'"), 'and is right again');
	return;
}

subtest 'each fault is noticed' => sub {
	for my $setting (qw(fsync full_page_writes)) {
		is_noticed('durability', "ALTER SYSTEM SET $setting = off; SELECT pg_reload_conf()", qr/$setting = off.*\|Switch them on/,
			"ALTER SYSTEM RESET $setting; SELECT pg_reload_conf()");
	}
	is_noticed('synchronous_commit', 'ALTER DATABASE postgres SET synchronous_commit = off', qr/^synchronous_commit = off\|.*your own statements/,
		'ALTER DATABASE postgres RESET synchronous_commit');
	is_noticed('autovacuum', 'ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf()', qr/^autovacuum = off, track_counts = on\|/,
		'ALTER SYSTEM RESET autovacuum; SELECT pg_reload_conf()');
	is_noticed('autovacuum', 'ALTER TABLE boxoffice.seat SET (autovacuum_enabled = false)', qr/, off for seat\|/, 'ALTER TABLE boxoffice.seat RESET (autovacuum_enabled)');
	is_noticed('clock_offset', "LOAD 'boxoffice'; ALTER DATABASE postgres SET boxoffice.clock_offset = '1 hour'", qr/is shifted; everyone: boxoffice.clock_offset=1 hour\|/,
		'ALTER DATABASE postgres RESET boxoffice.clock_offset');
	is_noticed('clock_offset', "ALTER ROLE shop SET boxoffice.clock_offset = '-1 s'", qr/is right; role shop: boxoffice.clock_offset=-1 s\|/,
		'ALTER ROLE shop RESET boxoffice.clock_offset');
	is(complaints($node), 'none', 'a clock that is not shifted');
	$node->safe_psql('postgres', "ALTER ROLE shop SET boxoffice.clock_offset = '0'");
	is(complaints($node), 'none', 'nor one that is set to be not');
	is_noticed('versions', "UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'boxoffice'", qr/^library 1.0, schema 0.9\|Run ALTER EXTENSION/,
		"UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'boxoffice'");
	is_noticed('roles', 'DROP OWNED BY shop, boss', qr/^monitor: watcher\|.*grant_access/, "SELECT boxoffice.grant_access('shop', 'client')");
	is_noticed('public_access', 'GRANT EXECUTE ON FUNCTION boxoffice.get_balance TO PUBLIC', qr/^everybody may use function get_balance\|/,
		'REVOKE EXECUTE ON FUNCTION boxoffice.get_balance FROM PUBLIC');
	is_noticed('public_access', 'GRANT SELECT ON boxoffice.account TO PUBLIC; GRANT USAGE ON SCHEMA boxoffice TO PUBLIC', qr/use table account, the schema\|/,
		'REVOKE SELECT ON boxoffice.account FROM PUBLIC; REVOKE USAGE ON SCHEMA boxoffice FROM PUBLIC');
	# what could change or hide what boxoffice writes
	$node->safe_psql('postgres', 'CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$');
	for my $case ([ payment => 'BEFORE INSERT', 'ROW' ], [ seat => 'BEFORE UPDATE', 'ROW' ], [ counter_stripe => 'BEFORE INSERT OR UPDATE', 'STATEMENT' ]) {
		my ($table, $when, $each) = @$case;
		is_noticed('tables', "CREATE TRIGGER mine $when ON boxoffice.$table FOR EACH $each EXECUTE FUNCTION hush()",
			qr/^added or changed: trigger mine of $table\|Drop the triggers that run BEFORE/, "DROP TRIGGER mine ON boxoffice.$table");
	}
	is_noticed('tables', 'CREATE RULE mine AS ON INSERT TO boxoffice.payment DO ALSO NOTIFY paid', qr/^added or changed: rule mine of payment\|/,
		'DROP RULE mine ON boxoffice.payment');
	is_noticed('tables', 'ALTER TABLE boxoffice.seat ENABLE ROW LEVEL SECURITY', qr/^added or changed: row level security of seat\|/,
		'ALTER TABLE boxoffice.seat DISABLE ROW LEVEL SECURITY');
	is_noticed('tables', 'ALTER TABLE boxoffice.queue DISABLE TRIGGER queue_changed; DROP TRIGGER ledger_entry_is_final ON boxoffice.ledger_entry',
		qr/^added or changed: ledger_entry without its trigger ledger_entry_is_final, queue without its trigger queue_changed\|.*ENABLE ALWAYS/,
		'ALTER TABLE boxoffice.queue ENABLE ALWAYS TRIGGER queue_changed; CREATE TRIGGER ledger_entry_is_final BEFORE UPDATE OR DELETE OR TRUNCATE'
		  . ' ON boxoffice.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.refuse_ledger_change();'
		  . ' ALTER TABLE boxoffice.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_is_final');
	$node->safe_psql('postgres', 'CREATE TRIGGER mine AFTER INSERT OR UPDATE ON boxoffice.payment FOR EACH ROW EXECUTE FUNCTION hush()');
	is(complaints($node), 'none', 'a trigger that runs after is as it should be');
};

subtest 'the worker serves another database' => sub {
	my $log = -s $node->logfile;
	$node->safe_psql('postgres', 'CREATE DATABASE "o\'shop"');
	$node->safe_psql("o'shop", "CREATE EXTENSION boxoffice; SELECT boxoffice.grant_access('shop', 'client')");
	is(complaints($node, "o'shop"), 'worker worker_database', 'it is noticed where nobody is served');
	is( said($node, 'worker_database', "o'shop"),
		q{the worker serves database "postgres", this one is "o'shop"|Set boxoffice.database = 'o''shop' in the configuration file and reload it.},
		'with what to set');
	is($node->safe_psql("o'shop", 'SELECT ticks > 0, errors, serves_this_database FROM boxoffice.stat_worker'), 't|0|f', 'the view says so beside its ticks');
	is(complaints($node), 'none', 'and where it serves all is well');
	set_and_reload($node, 'boxoffice.database', "o''shop");
	ok($node->poll_query_until("o'shop", q{SELECT bool_and(ok) FROM boxoffice.check_setup()}), 'with that set all is well');
	is(complaints($node), 'worker worker_database', 'and not where it served');
	set_and_reload($node, 'boxoffice.database', '');
	ok($node->poll_query_until("o'shop", q{SELECT NOT ok FROM boxoffice.check_setup() WHERE check_name = 'worker'}), 'with none it serves nobody');
	like(said($node, 'worker_database'), qr/^the worker serves no database\|/, 'which is said');
	$node->safe_psql('postgres', 'CREATE DATABASE empty');
	set_and_reload($node, 'boxoffice.database', 'empty');
	$node->wait_for_log(qr/WARNING:  the worker of boxoffice serves database "empty", which does not have the extension/, $log);
	pass('the log has a warning when its database does not have the extension');
	set_and_reload($node, 'boxoffice.database', 'postgres');
	wait_for_worker($node, 'serves_this_database');
};

subtest 'not preloaded' => sub {
	my $bare = start_server('bare', not_preloaded => 1, conf => "fsync = on\nfull_page_writes = on");
	$bare->safe_psql('postgres', "CREATE ROLE shop; SELECT boxoffice.grant_access('shop', 'client')");
	is(complaints($bare), 'preloading worker worker_database', 'it is noticed');
	like(said($bare, 'preloading'), qr/^the library is not preloaded: .*\|Set shared_preload_libraries/, 'with what to do');
	is($bare->safe_psql('postgres', 'SELECT serves_this_database IS NULL FROM boxoffice.stat_worker'), 't', 'the view has nothing to say');
	$bare->stop;
};

subtest 'encodings and locales' => sub {
	for my $encoding ('SQL_ASCII', 'LATIN1') {
		$node->safe_psql('postgres', "CREATE DATABASE $encoding ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
		my ($status, $out, $error) = $node->psql(lc $encoding, 'CREATE EXTENSION boxoffice');
		isnt($status, 0, "$encoding is refused");
		like($error, qr/ERROR:  boxoffice needs a database with encoding UTF8\nDETAIL:  This one has $encoding\.\nHINT:  .*ENCODING 'UTF8'/, 'with what to do');
		is($node->safe_psql(lc $encoding, "SELECT to_regnamespace('boxoffice')"), '', 'and leaves nothing');
	}
	for my $locale ('C', 'C.UTF-8') {
		my $database = $locale eq 'C' ? 'plain' : 'utf';
		$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING 'UTF8' LOCALE '$locale' TEMPLATE template0");
		$node->safe_psql($database, 'CREATE EXTENSION boxoffice');
		$node->safe_psql($database, "SELECT boxoffice.create_event(title) FROM unnest(ARRAY['Märchen in ÖSTERREICH', normalize('서울 Brücke', NFD), 'ΟΔΥΣΣΕΎΣ', 'IŞIĞI']) title");
		is( $node->safe_psql($database, "SELECT string_agg((SELECT count(*) FROM boxoffice.list_events(q))::text, ' ')"
				  . " FROM unnest(ARRAY['österreich', 'brücke', '서울', 'οδυσσεύς', 'ışığı', 'zzz']) q"),
			'1 1 1 1 1 0', "with locale $locale text is found as people read it");
	}
};

done_testing();
