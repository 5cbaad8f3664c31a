# make installcheck passes wherever the README sends people: preloaded with a database named, not preloaded, and in a session that
# is the first process of its server. The whole of it runs in make check; here run the files that looked different there,
# and two specs.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Runs files of test/sql, or specs, against this server as make installcheck would; the lines that differ where they should not.
sub differences {
	my ($node, $kind, @names) = @_;
	my $output  = PostgreSQL::Test::Utils::tempdir();
	my $program = $kind eq 'sql' ? $ENV{PG_REGRESS} : $ENV{PG_REGRESS} =~ s{regress/pg_regress\z}{isolation/pg_isolation_regress}r;
	# the expected output is looked for beside the output of specs
	symlink "$ENV{TESTDIR}/expected", "$output/expected" or die "no link: $!";
	my ($log, $error);
	my $passed = IPC::Run::run([ $program, '--bindir=', "--inputdir=$ENV{TESTDIR}/test", "--outputdir=$output", '--encoding=UTF8',
			'--load-extension=boxoffice', '--dbname=contrib_regression', '--host=' . $node->host, '--port=' . $node->port, @names ],
		'>', \$log, '2>', \$error);
	note($log);
	return '' if $passed;
	return -e "$output/regression.diffs" ? slurp_file("$output/regression.diffs") : "$log$error";
}

subtest 'preloaded, with a database named' => sub {
	my $node = start_server('named', no_extension => 1, conf => "boxoffice.database = 'shop'\nmax_prepared_transactions = 10");
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
	is(differences($node, 'sql', 'pool_capacity', 'settings'), '', 'files of test/sql');
	is(differences($node, 'specs', 'pay_twice', 'queue_pay_and_admit'), '', 'specs');
	$node->stop;
};

subtest 'not preloaded, of the locale C, as the first process' => sub {
	my $node = start_server('bare', not_preloaded => 1, no_extension => 1, init => { extra => [ '--locale=C', '--encoding=SQL_ASCII' ] },
		conf => "autovacuum = off\nmax_logical_replication_workers = 0\nmax_prepared_transactions = 10");
	is(differences($node, 'sql', qw(pool_capacity queue_cost queue_repair queue_transactions reading settings)), '', 'files of test/sql');
	is(differences($node, 'specs', 'pay_twice', 'queue_pay_and_admit'), '', 'specs');
	$node->stop;
};

done_testing();
