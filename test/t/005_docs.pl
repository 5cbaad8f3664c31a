# The documentation says what is so: every function, setting and outcome is in its page as it is in the database, and
# the examples print what they claim to print, also when they are pasted twice.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Pages;
use Test::More;

my $top = $ENV{TESTDIR};

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'\nboxoffice.database = ''");
$node->start;

# Runs the examples of a text in a fresh database, and then again in the same one.
sub run_twice {
	my ($text, $least) = @_;
	$node->safe_psql('postgres', 'DROP EXTENSION IF EXISTS boxoffice');
	$node->safe_psql('postgres', 'CREATE EXTENSION boxoffice') if $text !~ /CREATE EXTENSION/;
	for my $time (1, 2)
	{
		subtest "time $time" => sub { run_examples($node->connstr('postgres'), $text, $least) };
	}
	is($node->safe_psql('postgres', 'SELECT * FROM boxoffice.verify()'), '', 'verify finds nothing');
	return;
}

subtest 'the first sale of the README' => sub {
	my ($first_screen) = page('README.md') =~ /(.*?)^## /ms;
	run_twice($first_screen, 5);
};

subtest 'the sale of docs/queue.md' => sub {
	run_twice(page('docs/queue.md'), 5);
};

subtest 'the sale of docs/queue.md while the worker runs' => sub {
	$node->append_conf('postgresql.conf', "boxoffice.database = 'postgres'");
	$node->reload;
	$node->poll_query_until('postgres', 'SELECT ticks > 0 FROM boxoffice.stat_worker') or die 'no worker';
	run_examples($node->connstr('postgres'), page('docs/queue.md'), 5) for 1, 2;
	$node->append_conf('postgresql.conf', "boxoffice.database = ''");
	$node->reload;
};

# A parameter added in the middle, or an untyped one in the wrong place, would silently mean something else.
subtest 'every example names the parameters that it gives' => sub {
	my @files = ('README.md', glob("docs/*.md docs/operations/* test/*.sh test/bench/* api/src/*.cpp api/src/*/*.cpp api/front/*.sh"));
	cmp_ok(scalar @files, '>', 50, 'files to look at');
	for my $file (@files)
	{
		my @positional;
		my $text = slurp_file("$top/$file") =~ s/"\s*\n\s*"//gr;    # strings of C++ that go on in the next line
		while ($text =~ /(boxoffice\.[a-z_]+\()(?!\s*(?:\w+\s*=>|\)|\.\.))(.{0,30})/g)
		{
			my ($function, $given) = ($1, $2);
			push @positional, "$function$given" if $function =~ /\.(?:create|update|add|set|hold|extend|release|pay|cancel|claim|credit|debit|get|list|seat|available|join|queue_status|leave|admit|next|grant)/;
		}
		is(join("\n", @positional), '', $file);
	}
};

subtest 'docs/outcomes.md has the rows of the table, no more and no fewer' => sub {
	my $rows = $node->safe_psql('postgres',
		q{SELECT format('| `%s` | %s | %s | %s | %s |', outcome, sqlstate, http_status, CASE WHEN retryable THEN 'yes' ELSE 'no' END, title)
		  FROM boxoffice.outcome ORDER BY sqlstate});
	my $documented = join("\n", page('docs/outcomes.md') =~ /^(\| `.*\|)$/mg);
	is($documented, $rows);
};

subtest 'docs/settings.md has every setting with its default' => sub {
	my @settings = split /\n/, $node->safe_psql('postgres',
		q{SELECT boxoffice.get_balance('x') \g /dev/null
		  SELECT format('%s %s', name, boot_val) FROM pg_settings WHERE name LIKE 'boxoffice.%' ORDER BY name});
	my @documented = map { "$_->[0] $_->[1]" } map { [ /^\| `(boxoffice\.\w+)` \| [^|]* \| `([^`]+)` \|/ ] }
	  grep { /^\| `boxoffice\./ } split /\n/, page('docs/settings.md');
	is_deeply(\@documented, \@settings);
};

subtest 'docs/settings.md has every setting of boxofficed with its default' => sub {
	my ($help) = run_command([ "$top/build/boxofficed", '--help' ]);
	my @settings;
	while ($help =~ /^ +--([a-z-]+)(?:\{true\})?(?: (?:INT|TEXT)\S*(?: in \[\d+ - \d+\])?(?:=(\S+))?)? \(Env:BOXOFFICE_(\w+)\)/mg)
	{
		my ($name, $default, $variable) = ($1, $2 // '', $3);
		next if $name eq 'config';
		is(lc $variable, $name =~ tr/-/_/r, "the variable of $name");
		push @settings, [ $name =~ tr/-/_/r, $default ];
	}
	my %documented = map { $_->[0] => $_->[1] eq 'empty' ? '' : $_->[1] =~ tr/`//dr }
	  map { [ /^\| `(\w+)` \| [^|]* \| ([^|]+) \|/ ] } grep { /^\| `(?!boxoffice\.)\w+` / } split /\n/, page('docs/settings.md');
	is_deeply([ sort keys %documented ], [ sort map { $_->[0] } @settings ], 'all of them, and no others');
	for my $setting (grep { $_->[1] ne '' } @settings)
	{
		is($documented{ $setting->[0] }, $setting->[1], "the default of $setting->[0]");
	}
};

subtest 'docs/functions.md has every function with its parameters' => sub {
	my @functions = split /\n/, $node->safe_psql('postgres',
		q{SELECT format('%s(%s)', p.proname, replace(replace(replace(replace(replace(replace(replace(replace(pg_get_function_arguments(p.oid), 'timestamp with time zone',
		     'timestamptz'), 'double precision', 'float8'), 'integer', 'int'), ' DEFAULT ', ' = '), '''00:05:00''::interval', '''5 min'''), '''00:01:00''::interval', '''1 min'''), '''::text', ''''), 'NULL::', 'null::'))
		  FROM pg_proc p WHERE p.pronamespace = 'boxoffice'::regnamespace ORDER BY 1});
	my $page = page('docs/functions.md');
	for my $function (@functions)
	{
		$function =~ s/null::[a-z0-9 ]+(?:\[\])?/null/g;
		$function =~ s/\bIN //g;    # as the catalogue says it of procedures
		ok(index($page, "`$function") >= 0, $function);
	}
	my @named = $page =~ /^(?:### |- )`(\w+)\(/mg;
	is(scalar(@named), scalar(@functions), 'no function that does not exist');
};

$node->stop;
done_testing();
