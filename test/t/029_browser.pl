# A real browser before the front: a page hears of a hold at once, and /docs shows the interface and lets it be tried, without
# asking anybody else. What the browser does is in test/api/browser.mjs.
use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use Front qw(start_front stop_server);
use Gateway;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Push;
use Test::More;

my $node    = start_database('browser');
my $gateway = start_gateway($node);
make_relay_role($node);
my $front   = start_front('front', $gateway->{port}, '--no-limits', '--workers', 2, '--swagger', abs_path('build/npm/node_modules/swagger-ui-dist'));
my $relay   = start_relay($node, $front->{publisher});
my $slot_id = make_slot($node, 20, 500);

# Whoever runs the test may have no home, or one that is not to be written to: everything that a browser leaves is here.
my $home = abs_path(PostgreSQL::Test::Utils::tempdir);
mkdir "$home/$_" or die "mkdir: $!" for qw(profile tmp);
my @messages;
{
	local %ENV = (map { $_ => $ENV{$_} } grep { !/^(?:.*_proxy|XDG_.*|DBUS_.*|DISPLAY)$/i } keys %ENV);
	@ENV{qw(HOME TMPDIR)} = ($home, "$home/tmp");
	my ($out, $err) = ('', '');
	my $ended = eval {
		IPC::Run::run([ 'node', 'test/api/browser.mjs', "http://127.0.0.1:$front->{port}", $slot_id, token_for('anna'), "$home/profile" ],
			'<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(100));
	};
	for my $line (split /\n/, $out)
	{
		my $test = eval { decode_json($line) } or next;
		ok($test->{passed}, $test->{name}) or diag($test->{why});
	}
	ok($ended, 'the browser comes to its end') or diag("$@$err");
}
is(sql($node, "SELECT count(*) FROM boxoffice.seat_map($slot_id) WHERE status = 'held'"), 6, 'the seats are held');
is((end_relay($relay))[0], 0, 'the relay ends');
stop_server($front->{pid}, 'QUIT');
unlike(slurp_file("$front->{folder}/error.log"), qr/signal [0-9]+|\[(?:alert|emerg|crit|error)\]/, 'the front has nothing to complain about');
is(stop_gateway($gateway), 0, 'the gateway ends');
verify_is_empty($node);
$node->stop;
done_testing();
